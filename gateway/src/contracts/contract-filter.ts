/** What a contract variant shows of the graph, by the `@tag`s that subgraphs put on it. */
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

const tags = z.array(z.string().min(1).max(128)).default([]);

export const contractSchema = z.strictObject({
  /** In paths and of partners. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and `-`'),
  /**
   * Fields stay that have one of these tags, or whose type has. Empty: everything stays that is not excluded.
   */
  include: tags,
  /** Whatever has one of these tags goes, with all that is below it; this wins over `include`. */
  exclude: tags,
  /** Types that cannot be reached from what is left go too. Default true. */
  hideUnreachable: z.boolean().default(true),
});

export type ContractFilter = z.infer<typeof contractSchema>;

export const contractsSchema = z.array(contractSchema).max(50);

/** @param file as in messages. @throws MarqueeError CONFIG_INVALID naming file and place. */
export function parseContracts(file: string, text: string): readonly ContractFilter[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `${file} is not JSON: ${(cause as Error).message}`;
    throw new MarqueeError('CONFIG_INVALID', { message, cause });
  }
  const result = contractsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new MarqueeError('CONFIG_INVALID', `${file}: ${problems.join('; ')}`);
}
