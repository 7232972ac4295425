/** Where gateways hear of purges, and where the command writes them down. */
import { NATS_VARIABLES, SERVICE_VARIABLES, toNatsConfig } from '@marquee/service-kit/service';
import { z } from 'zod';

export const DEFAULT_PURGES = '.marquee/cache-purges';

export const PURGE_VARIABLES = {
  /** Folder that `npm run cache` writes to. Gateways of an installation with NATS follow that instead, unless this is set. */
  MARQUEE_CACHE_PURGES: z.string().min(1).optional(),
};

const START_WITHIN_MS = 10_000;

export const PURGE_COMMAND_VARIABLES = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  NATS_URL: NATS_VARIABLES.NATS_URL.unwrap().optional(),
  ...PURGE_VARIABLES,
});

type Place = { readonly folder: string } | { readonly nats: ReturnType<typeof toNatsConfig> };

/** What is said on the command line goes before the environment, and a folder before a server. */
export function purgePlace(
  variables: z.infer<typeof PURGE_COMMAND_VARIABLES>,
  said: { readonly nats?: string | undefined; readonly folder?: string | undefined },
): Place {
  const url = said.nats ?? (variables.MARQUEE_CACHE_PURGES === undefined ? variables.NATS_URL : undefined);
  if (said.folder !== undefined || url === undefined) {
    return { folder: said.folder ?? variables.MARQUEE_CACHE_PURGES ?? DEFAULT_PURGES };
  }
  return { nats: { ...toNatsConfig({ ...variables, NATS_URL: url }), startWithinMs: START_WITHIN_MS } };
}
