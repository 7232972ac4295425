/**
 * Bearer tokens: JWTs (RFC 7519, hardened as in RFC 8725), signed with our secret (HS256) or with a key of the
 * configured key set. Which of the two follows from the algorithm, each has a list of its own, and no key serves
 * both: a public key is never taken for a secret. Keys embedded in a token or named by address (`jwk`, `jku`,
 * `x5u`, `x5c`) are refused before any work; `kid` is only ever compared with the ids in the set.
 *
 * Whatever is wrong, the client reads the same words; the reason goes to the log, the token never does.
 */
import type { Clock } from '@marquee/domain';
import { isMarqueeError, type Logger, MarqueeError } from '@marquee/service-kit';
import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
} from 'jose';
import { type AuthConfig, DEFAULT_CLAIMS, DEFAULT_MAX_TOKEN_CHARACTERS } from './auth-variables.ts';
import { type IdentifiedViewer, viewerOf } from './claims.ts';
import type { RequestHeaders } from './identity.ts';
import { KeySet } from './key-set.ts';

const SECRET_ALGORITHMS = ['HS256'];
/** Ways of a token to bring its own key. */
const KEY_HEADERS = ['jwk', 'jku', 'x5u', 'x5c'] as const;

export class BearerTokens {
  readonly #secret: Uint8Array | undefined;
  readonly #keySet: KeySet | undefined;
  readonly #auth: AuthConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;

  /** @throws TypeError with neither a secret nor a key set: nothing can be verified then. */
  constructor(auth: AuthConfig, clock: Clock, logger: Logger) {
    if (!canVerify(auth)) throw new TypeError('bearer tokens need a secret or a key set');
    this.#secret = auth.secret === undefined ? undefined : new TextEncoder().encode(auth.secret);
    this.#keySet = auth.keySet === undefined ? undefined : new KeySet(auth.keySet, clock, logger);
    this.#auth = auth;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * @throws MarqueeError UNAUTHENTICATED; the message does not say which check failed.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE where there are no keys to check with.
   */
  async verify(token: string): Promise<IdentifiedViewer> {
    try {
      if (token.length > (this.#auth.maxTokenCharacters ?? DEFAULT_MAX_TOKEN_CHARACTERS)) {
        throw new Refusal('longer than allowed');
      }
      const payload = await this.#payload(token);
      const viewer = viewerOf(payload, this.#auth.claims ?? DEFAULT_CLAIMS);
      if (typeof viewer === 'string') throw new Refusal(viewer);
      return { ...viewer, expiresInMs: this.#restMs(payload) };
    } catch (error) {
      if (isMarqueeError(error)) throw error;
      this.#logger.info({ reason: reasonOf(error) }, 'bearer token refused');
      throw new MarqueeError('UNAUTHENTICATED', 'The bearer token is not valid.');
    }
  }

  async #payload(token: string): Promise<JWTPayload> {
    const header = decodeProtectedHeader(token);
    const brought = KEY_HEADERS.find((name) => Object.hasOwn(header, name));
    if (brought !== undefined) throw new Refusal(`it brings a key of its own (${brought})`);
    if (this.#secret !== undefined && SECRET_ALGORITHMS.includes(String(header.alg))) {
      return (await jwtVerify(token, this.#secret, this.#options(SECRET_ALGORITHMS))).payload;
    }
    return this.#payloadByKeySet(token, header);
  }

  async #payloadByKeySet(token: string, header: ProtectedHeaderParameters): Promise<JWTPayload> {
    const algorithms = this.#auth.keySet?.algorithms ?? [];
    // Before the key is looked for: nobody else's algorithm is worth a request to the issuer.
    if (this.#keySet === undefined || !algorithms.includes(String(header.alg))) {
      throw new Refusal('its algorithm is not allowed');
    }
    const keySet = this.#keySet;
    const key = (used: ProtectedHeaderParameters) => keySet.keyFor({ ...used, alg: String(used.alg) });
    return (await jwtVerify(token, key, this.#options(algorithms))).payload;
  }

  /** As long as it would be accepted once more. */
  #restMs({ exp = 0 }: JWTPayload): number {
    const { clockToleranceSeconds = 0 } = this.#auth;
    return Math.max(0, (exp + clockToleranceSeconds) * 1_000 - this.#clock.now());
  }

  #options(algorithms: readonly string[]): JWTVerifyOptions {
    const { issuer, audience, clockToleranceSeconds, requiredClaims } = this.#auth;
    return {
      algorithms: [...algorithms],
      requiredClaims: ['exp', ...(requiredClaims ?? [])],
      currentDate: new Date(this.#clock.now()),
      clockTolerance: clockToleranceSeconds ?? 0,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
  }
}

export function canVerify({ secret, keySet }: AuthConfig): boolean {
  return secret !== undefined || keySet !== undefined;
}

class Refusal extends Error {}

/** Claims and names, never their values: errors of the library carry the whole payload. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    return `${error.code} ${error.claim}: ${error.reason}`;
  }
  if (error instanceof errors.JOSEError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
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
