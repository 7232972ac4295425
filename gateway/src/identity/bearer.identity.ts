/** Identity by bearer token and nothing else; without a token a request is anonymous. */
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import type { AuthConfig } from './auth-variables.ts';
import { BearerTokens, bearerToken } from './bearer-token.ts';
import type { ViewerIdentity } from './identity.ts';

/** @param auth with a secret or a key set. */
export function bearerIdentity(auth: AuthConfig, clock: Clock, logger: Logger): ViewerIdentity {
  const tokens = new BearerTokens(auth, clock, logger);
  return async (headers) => {
    const token = bearerToken(headers);
    return token === undefined ? undefined : tokens.verify(token);
  };
}
