/** Identity in production: a signed bearer token and nothing else. */
import type { Clock } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import type { AuthConfig } from '../config.ts';
import { BearerTokens, bearerToken } from './bearer-token.ts';
import { PROFILE_HEADER, type ViewerIdentity } from './identity.ts';

/**
 * The development header is refused rather than ignored: whoever sends it here believes it works, or hopes so.
 *
 * @param auth its secret is required; see `assertUsable`.
 */
export function productionIdentity(auth: AuthConfig, clock: Clock): ViewerIdentity {
  const tokens = new BearerTokens(auth, clock);
  return async (headers) => {
    if (headers[PROFILE_HEADER] !== undefined) {
      throw new MarqueeError('UNAUTHENTICATED', {
        message: `The header ${PROFILE_HEADER} works in development mode only; send a bearer token.`,
        field: PROFILE_HEADER,
      });
    }
    const token = bearerToken(headers);
    return token === undefined ? undefined : tokens.verify(token);
  };
}
