/** Preview variants as one thing to start, ask and stop, whether a gateway serves any or not. */
import { MarqueeError, type Readiness } from '@marquee/service-kit';
import type { GatewayOptions } from '../../options.ts';
import type { FederationOptions } from '../apollo-server.ts';
import { type VariantOptions, variantSchema } from './variant-options.ts';
import { type VariantLease, VariantServers } from './variant-servers.ts';

export interface PreviewVariants {
  readonly access: Pick<VariantOptions, 'access' | 'scope'>;
  /** @throws MarqueeError VARIANT_NOT_FOUND */
  lease(name: string): VariantLease;
  /** Resolves at once where nobody may ask for any: then nothing is followed either. */
  start(): Promise<void>;
  stop(): Promise<void>;
  components(): Readonly<Record<string, Readiness>>;
}

export function previewVariants(
  { config, variants, logger, metrics, clock }: GatewayOptions,
  federation: FederationOptions,
): PreviewVariants {
  const limits = config.variants ?? variantSchema.parse({});
  const servers =
    variants === undefined || limits.access === 'off'
      ? undefined
      : new VariantServers({
          ...{ source: variants.source, connect: variants.connect, limits, logger, metrics },
          federation: { ...federation, dataSourceFor: variants.dataSourceFor ?? federation.dataSourceFor },
          now: () => clock.now(),
        });
  return {
    access: limits,
    lease(name) {
      if (servers !== undefined) return servers.lease(name);
      throw new MarqueeError('VARIANT_NOT_FOUND', `The preview variant ${name} is not published.`);
    },
    start: async () => servers?.start(),
    stop: async () => servers?.stop(),
    components: (): Record<string, Readiness> =>
      servers === undefined ? {} : { [servers.name]: servers.readiness() },
  };
}
