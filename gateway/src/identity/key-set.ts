/**
 * The keys that tokens are verified with, kept up to date: loaded on first use, anew when they are old, and when a
 * token names a key that is not among them, because its issuer may have changed keys. Attempts keep a cool-down,
 * so that forged key ids cannot make the gateway ask the issuer once per request; the last good set stays in use
 * for as long as no newer one can be had, and once an attempt has failed nobody who could be answered by it waits for another.
 */
import type { Clock } from '@marquee/domain';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { type CryptoKey, createLocalJWKSet, errors, type JWSHeaderParameters, type LocalJWKSet } from 'jose';
import type { KeySetConfig } from './auth-variables.ts';
import { readKeySet } from './key-source.ts';

export class KeySet {
  readonly #config: KeySetConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #keys: LocalJWKSet | undefined;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #hasFailed = false;

  constructor(config: KeySetConfig, clock: Clock, logger: Logger) {
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * @throws JOSEError where no key or no single key fits.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE as long as no set could ever be loaded: the token may be good.
   */
  async keyFor(header: JWSHeaderParameters): Promise<CryptoKey> {
    if (this.#keys === undefined || this.#age() >= this.#config.maxAgeMs) {
      const refreshed = this.#refresh();
      // A key that was withdrawn is worth one wait, and an issuer that is away is not worth one per cool-down.
      if (this.#keys === undefined || !this.#hasFailed) await refreshed;
    }
    try {
      return await this.#current()(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await this.#refresh())) throw error;
      return this.#current()(header);
    }
  }

  #age(): number {
    return this.#clock.now() - this.#loadedAt;
  }

  #current(): LocalJWKSet {
    if (this.#keys !== undefined) return this.#keys;
    throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the key set for tokens cannot be loaded');
  }

  /** One attempt at a time, shared by all who wait. @returns false while it is too early for another. */
  async #refresh(): Promise<boolean> {
    if (this.#loading === undefined) {
      if (this.#clock.now() - this.#attemptedAt < this.#config.cooldownMs) return false;
      this.#attemptedAt = this.#clock.now();
      this.#loading = this.#load().finally(() => {
        this.#loading = undefined;
      });
    }
    await this.#loading;
    return true;
  }

  async #load(): Promise<void> {
    try {
      const keys = await readKeySet(this.#config.source, this.#config.timeoutMs);
      this.#keys = createLocalJWKSet(keys);
      this.#loadedAt = this.#clock.now();
      this.#hasFailed = false;
      this.#logger.info({ keys: keys.keys.map(({ kid }) => kid ?? null) }, 'key set loaded');
    } catch (error) {
      this.#hasFailed = true;
      this.#logger.error({ err: error, kept: this.#keys !== undefined }, 'key set not loaded');
    }
  }
}
