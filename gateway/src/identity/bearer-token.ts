/**
 * Bearer tokens: JWTs signed with HS256 and our secret (RFC 7519, hardened as in RFC 8725). The algorithm is
 * fixed here, so nothing in a token can choose it; keys named or embedded in a token (`kid`, `jwk`, `jku`,
 * `x5u`) are never looked at. `exp` is required; `sub` is the profile id; `scope` holds scopes separated by spaces.
 */
import type { Clock } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import type { Viewer } from '@marquee/service-kit/subgraph';
import { jwtVerify } from 'jose';
import type { AuthConfig } from '../config.ts';
import { isProfileId, type RequestHeaders } from './identity.ts';

/** Longer ones are refused unread. */
const MAX_TOKEN_CHARACTERS = 4_096;

export class BearerTokens {
  readonly #key: Uint8Array;
  readonly #auth: AuthConfig;
  readonly #clock: Clock;

  /** @throws TypeError without a secret: nothing can be verified then. */
  constructor(auth: AuthConfig, clock: Clock) {
    if (auth.secret === undefined) throw new TypeError('bearer tokens need a secret');
    this.#key = new TextEncoder().encode(auth.secret);
    this.#auth = auth;
    this.#clock = clock;
  }

  /** @throws MarqueeError UNAUTHENTICATED; the message does not say which check failed. */
  async verify(token: string): Promise<Viewer> {
    if (token.length > MAX_TOKEN_CHARACTERS) throw refused('longer than allowed');
    const { payload } = await jwtVerify(token, this.#key, {
      algorithms: ['HS256'],
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(this.#clock.now()),
      ...(this.#auth.issuer === undefined ? {} : { issuer: this.#auth.issuer }),
      ...(this.#auth.audience === undefined ? {} : { audience: this.#auth.audience }),
    }).catch((error: unknown) => {
      throw refused(error);
    });
    if (!isProfileId(payload.sub)) throw refused('`sub` is not a profile id');
    const scope: unknown = payload.scope;
    return {
      profileId: payload.sub,
      scopes: typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : [],
    };
  }
}

function refused(cause: unknown): MarqueeError {
  return new MarqueeError('UNAUTHENTICATED', { message: 'The bearer token is not valid.', cause });
}

/**
 * The token of an `Authorization` header; undefined without the header.
 *
 * @throws MarqueeError UNAUTHENTICATED for another scheme or several headers.
 */
export function bearerToken(headers: RequestHeaders): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const match = typeof authorization === 'string' ? /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) : null;
  if (match === null) {
    throw new MarqueeError('UNAUTHENTICATED', 'The Authorization header must be `Bearer <token>`.');
  }
  return match[1];
}
