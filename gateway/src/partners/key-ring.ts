/** All keys of a moment, found by the hash of what a client sends. Immutable: a reload makes another one. */
import { MarqueeError } from '@marquee/service-kit';
import { readApiKey } from './api-key.ts';
import { keyState, type Partner, type PartnerKey } from './partner.ts';
import type { PartnerBook } from './partner-book.ts';

export interface Holder {
  readonly partner: Partner;
  readonly key: PartnerKey;
}

export class KeyRing {
  readonly #byHash = new Map<string, Holder>();
  readonly #environment: string;

  /** @param environment in which the keys are to be used. */
  constructor(book: PartnerBook, environment: string) {
    this.#environment = environment;
    for (const partner of book) {
      for (const key of partner.keys) this.#byHash.set(key.hash, { partner, key });
    }
  }

  /**
   * Unknown, revoked and expired keys are refused with the same words: whoever tries keys learns nothing. Where a key
   * belongs stands in the key itself, so its holder is told.
   * @param now seconds since 1970.
   * @throws MarqueeError API_KEY_INVALID, API_KEY_WRONG_ENVIRONMENT.
   */
  holderOf(text: string, now: number): Holder {
    const read = readApiKey(text);
    if (read === undefined) throw refused('The API key is not complete; it was cut or changed on its way.');
    if (read.environment !== this.#environment) {
      throw new MarqueeError('API_KEY_WRONG_ENVIRONMENT', {
        message: `This API key is for ${read.environment}; this is ${this.#environment}.`,
        field: 'x-api-key',
      });
    }
    const holder = this.#byHash.get(read.hash);
    if (holder === undefined || keyState(holder.key, now) !== 'active') {
      throw refused('The API key is not valid any more, or never was.');
    }
    return holder;
  }
}

function refused(message: string): MarqueeError {
  return new MarqueeError('API_KEY_INVALID', { message, field: 'x-api-key' });
}
