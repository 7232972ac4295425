/** Who may ask for a preview variant. Pure. */
import { MarqueeError } from '@marquee/service-kit';
import { VARIANT_NAME } from './published-variant.ts';
import type { VariantOptions } from './variant-options.ts';

/** Names the variant that is to answer. */
export const VARIANT_HEADER = 'marquee-variant';

export interface VariantAsker {
  readonly scopes: readonly string[];
  /** The contract variant that the request is for. Absent: the whole graph. */
  readonly contract: string | undefined;
}

/**
 * Before it is looked up: who may not use variants does not learn which there are.
 * @throws MarqueeError FORBIDDEN; BAD_REQUEST for what cannot be a name.
 */
export function assertMayUse(
  name: string,
  { access, scope }: Pick<VariantOptions, 'access' | 'scope'>,
  { scopes, contract }: VariantAsker,
): void {
  if (access === 'off') throw forbidden('Preview variants are not served here.');
  if (access === 'scoped' && !scopes.includes(scope)) {
    throw forbidden(`Preview variants need the scope ${scope}.`);
  }
  // What a contract hides, a variant of the whole graph would show.
  if (contract !== undefined) throw forbidden('A contract variant of the graph has no preview variants.');
  if (VARIANT_NAME.test(name)) return;
  throw new MarqueeError('BAD_REQUEST', {
    message: `The header ${VARIANT_HEADER} is not a name of a variant.`,
    field: VARIANT_HEADER,
  });
}

function forbidden(message: string): MarqueeError {
  return new MarqueeError('FORBIDDEN', { message, field: VARIANT_HEADER });
}
