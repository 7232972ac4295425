/** Preview variants: who may ask for them, how many there may be, where their subgraphs may be. */
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

export const variantSchema = z.strictObject({
  /** `off`: nobody. `scoped`: whoever has the scope. `open`: everybody; refused in production. Default: off. */
  access: z.enum(['off', 'scoped', 'open']).default('off'),
  scope: z.string().min(1).max(128).default('variant:use'),
  /** Of those that are published the newest; each takes the memory of one more graph. */
  max: z.number().int().min(1).max(20).default(5),
  /** Hosts that a variant may have subgraphs at: `host`, `host:port` or `*.domain`. Default: none. */
  hosts: z
    .array(z.string().regex(/^(\*\.)?[a-zA-Z0-9._-]+(:\d{1,5})?$/, 'is not a host'))
    .max(64)
    .default([]),
});

export type VariantOptions = z.infer<typeof variantSchema>;

/** The same from the environment. */
export const VARIANT_VARIABLES = {
  /** Default: `open` in development, `off` in production. */
  MARQUEE_VARIANTS: z.enum(['off', 'scoped', 'open']).optional(),
  /** Who may use variants, where they are `scoped`. */
  MARQUEE_VARIANT_SCOPE: z.string().min(1).max(128).default('variant:use'),
  /** Variants in memory at a time. */
  MARQUEE_VARIANTS_MAX: z.coerce.number().int().min(1).max(20).default(5),
  /** With commas between. Default: none, and this machine in development. */
  MARQUEE_VARIANT_HOSTS: z
    .string()
    .transform((list) => list.split(',').map((host) => host.trim()))
    .pipe(variantSchema.shape.hosts.unwrap())
    .optional(),
};

const variables = z.object(VARIANT_VARIABLES);
const THIS_MACHINE = ['localhost', '127.0.0.1'];

export function variantConfig(
  given: z.infer<typeof variables>,
  mode: 'development' | 'production',
): VariantOptions {
  const development = mode === 'development';
  return {
    access: given.MARQUEE_VARIANTS ?? (development ? 'open' : 'off'),
    scope: given.MARQUEE_VARIANT_SCOPE,
    max: given.MARQUEE_VARIANTS_MAX,
    hosts: given.MARQUEE_VARIANT_HOSTS ?? (development ? THIS_MACHINE : []),
  };
}

export const OPEN_IN_PRODUCTION =
  'must not be open in production mode: an unreviewed graph may show what the reviewed one hides (scoped serves whoever has the scope)';

/** @throws MarqueeError CONFIG_INVALID for a convenience that is for development only. */
export function assertVariantsUsable(options: VariantOptions | undefined, production: boolean): void {
  if (production && options?.access === 'open') {
    throw new MarqueeError('CONFIG_INVALID', `preview variants ${OPEN_IN_PRODUCTION}`);
  }
}
