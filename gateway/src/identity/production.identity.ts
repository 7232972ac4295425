/** Identity in production: a signed bearer token and nothing else. */
import type { Clock } from '@marquee/domain';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { AuthConfig } from './auth-variables.ts';
import { bearerIdentity } from './bearer.identity.ts';
import { PROFILE_HEADER, type ViewerIdentity } from './identity.ts';

/**
 * The development header is refused rather than ignored: whoever sends it here believes it works, or hopes so.
 *
 * @param auth with a secret or a key set; see `assertUsable`.
 */
export function productionIdentity(auth: AuthConfig, clock: Clock, logger: Logger): ViewerIdentity {
  const byToken = bearerIdentity(auth, clock, logger);
  return async (headers) => {
    if (headers[PROFILE_HEADER] !== undefined) {
      throw new MarqueeError('UNAUTHENTICATED', {
        message: `The header ${PROFILE_HEADER} works in development mode only; send a bearer token.`,
        field: PROFILE_HEADER,
      });
    }
    return byToken(headers);
  };
}
