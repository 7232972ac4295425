/**
 * Where versions and entries are in Redis: `<prefix>{<part>}:…`. The braces are Redis Cluster's hash tag, so the nodes of a
 * cluster share the parts, and one `MGET` reads all that is wanted of a part. The layout is the same on a single server.
 */
import type { Slot } from '../response-store.ts';

/** Fewer would be shared unevenly by nodes, more would be asked for one by one. */
const PARTS = 128;

export class ResponseKeys {
  readonly #prefix: string;

  /** @param prefix without braces, which would become the hash tag. */
  constructor(prefix: string) {
    if (/[{}]/.test(prefix)) throw new TypeError(`a key prefix cannot have braces: ${prefix}`);
    this.#prefix = prefix;
  }

  version(subject: string): string {
    return `${this.#headOf(subject)}v:${subject}`;
  }

  /** Beside the version of its owner, so that one script can reach both. */
  entry({ key, owner }: Slot): string {
    return owner === undefined ? `${this.#headOf(key)}e:${key}` : `${this.#ownedHead(owner)}${key}`;
  }

  /** A glob of SCAN that finds the entries of an owner, and no others. */
  entriesOf(owner: string): string {
    return `${this.#ownedHead(owner).replace(/[\\*?[\]]/g, '\\$&')}*`;
  }

  /** The same keys, those of a part together. */
  byPart(keys: readonly string[]): readonly (readonly string[])[] {
    const parts = new Map<string, string[]>();
    for (const key of keys) {
      const part = key.slice(0, key.indexOf('}'));
      const own = parts.get(part);
      if (own === undefined) parts.set(part, [key]);
      else own.push(key);
    }
    return [...parts.values()];
  }

  #ownedHead(owner: string): string {
    return `${this.#headOf(owner)}o:${owner}\n`;
  }

  #headOf(name: string): string {
    return `${this.#prefix}{r${hashOf(name) % PARTS}}:`;
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
