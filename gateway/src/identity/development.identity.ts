/** Identity in development: whoever the `x-profile-id` header names; a bearer token works too when there is a secret. */
import type { Clock } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import type { AuthConfig } from '../config.ts';
import { BearerTokens, bearerToken } from './bearer-token.ts';
import { isProfileId, PROFILE_HEADER, type ViewerIdentity } from './identity.ts';

/** A developer may look at everything that a scope guards. */
const DEVELOPMENT_SCOPES = ['experiment:read'] as const;

export function developmentIdentity(auth: AuthConfig, clock: Clock): ViewerIdentity {
  const tokens = auth.secret === undefined ? undefined : new BearerTokens(auth, clock);
  return async (headers) => {
    const profileId = headers[PROFILE_HEADER];
    const token = bearerToken(headers);
    if (profileId !== undefined && token !== undefined) {
      throw new MarqueeError('UNAUTHENTICATED', `Send either ${PROFILE_HEADER} or a bearer token, not both.`);
    }
    if (token !== undefined) {
      if (tokens === undefined) {
        throw new MarqueeError('UNAUTHENTICATED', 'Bearer tokens need MARQUEE_AUTH_SECRET to be set.');
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
