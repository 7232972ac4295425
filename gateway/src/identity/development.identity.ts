/** Identity in development: whoever the `x-profile-id` header names; a bearer token works too when there is something to check it with. */
import type { Clock } from '@marquee/domain';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { AuthConfig } from './auth-variables.ts';
import { BearerTokens, bearerToken, canVerify } from './bearer-token.ts';
import { isProfileId, PROFILE_HEADER, type ViewerIdentity } from './identity.ts';

/** A developer may look at everything that a scope guards. */
const DEVELOPMENT_SCOPES = ['experiment:read'] as const;

export function developmentIdentity(auth: AuthConfig, clock: Clock, logger: Logger): ViewerIdentity {
  const tokens = canVerify(auth) ? new BearerTokens(auth, clock, logger) : undefined;
  return async (headers) => {
    const profileId = headers[PROFILE_HEADER];
    const token = bearerToken(headers);
    if (profileId !== undefined && token !== undefined) {
      throw new MarqueeError('UNAUTHENTICATED', `Send either ${PROFILE_HEADER} or a bearer token, not both.`);
    }
    if (token !== undefined) {
      if (tokens === undefined) {
        throw new MarqueeError(
          'UNAUTHENTICATED',
          'Bearer tokens need MARQUEE_AUTH_SECRET or MARQUEE_AUTH_JWKS to be set.',
        );
      }
      return tokens.verify(token);
    }
    // Clients that template the header send it empty when nobody is chosen.
    if (profileId === undefined || profileId === '') return undefined;
    if (!isProfileId(profileId)) {
      throw new MarqueeError('UNAUTHENTICATED', {
        message: `${PROFILE_HEADER} must be one profile id of at most 128 printable characters.`,
        field: PROFILE_HEADER,
      });
    }
    return { profileId, scopes: DEVELOPMENT_SCOPES };
  };
}
