/** Configuration of partners. */
import { z } from 'zod';
import { isEnvironment } from './partner.ts';

export const PARTNER_VARIABLES = {
  /** Folder that `npm run partners` writes to. Followed. Absent: no API key is valid. */
  MARQUEE_PARTNERS: z.string().min(1).optional(),
  /** Of which keys are accepted. Default: the mode's name. */
  MARQUEE_ENVIRONMENT: z
    .string()
    .refine(isEnvironment, 'must be lower-case letters, digits and `-`, at most 32')
    .optional(),
};

export interface PartnerConfig {
  readonly folder: string | undefined;
  readonly environment: string;
}

const shape = z.object(PARTNER_VARIABLES);

export function partnerConfig(variables: z.infer<typeof shape>, mode: string): PartnerConfig {
  return { folder: variables.MARQUEE_PARTNERS, environment: variables.MARQUEE_ENVIRONMENT ?? mode };
}
