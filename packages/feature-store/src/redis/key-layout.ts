/**
 * Where a key of the store is in Redis: `<prefix>{<slot group>}:<key>`. The braces are Redis Cluster's hash tag, so a
 * slot group is in one slot, and one `MGET` or one script can reach all of it. The layout is the same on a single
 * server. Checkpoints and the layout's own name are `<prefix>{<slot group>}!<name>`, values on their way are
 * `<prefix>{<slot group>}~<name>`, and no scan of keys finds either.
 */
import { MarqueeError } from '@marquee/service-kit';
import { checkpointKey, type SlotGroupOf } from '../index.ts';

/** Raised when physical keys or the bytes of checkpoints change. */
const FORMAT = 1;
/** Of keys that have no group. */
const COMMON_GROUP = 'common';

export class KeyLayout {
  /** What a server filled by this layout says about itself. */
  readonly name: string;
  /** Where it says so. */
  readonly nameKey: string;
  readonly #prefix: string;
  readonly #slotGroupOf: SlotGroupOf | undefined;
  readonly #heads = new Map<string, string>();

  /** @throws MarqueeError CONFIG_INVALID when the prefix has braces, which would become the hash tag. */
  constructor(prefix: string, slotGroupOf: SlotGroupOf | undefined) {
    if (/[{}]/.test(prefix)) {
      throw new MarqueeError('CONFIG_INVALID', { message: 'the key prefix has a brace', field: 'keyPrefix' });
    }
    this.#prefix = prefix;
    this.#slotGroupOf = slotGroupOf;
    this.name = `${FORMAT} ${slotGroupOf?.layout ?? '-'}`;
    this.nameKey = `${prefix}{${COMMON_GROUP}}!layout`;
  }

  groupOf(key: string): string {
    return this.#slotGroupOf?.(key) ?? COMMON_GROUP;
  }

  physical(key: string): string {
    return this.#head(this.groupOf(key)) + key;
  }

  physicalAll(keys: readonly string[]): string[] {
    return keys.map((key) => this.physical(key));
  }

  /** Physical keys and their places in `keys`, by group. */
  byGroup(keys: readonly string[]): Map<string, { readonly physical: string[]; readonly places: number[] }> {
    const groups = new Map<string, { physical: string[]; places: number[] }>();
    for (const [place, key] of keys.entries()) {
      const group = this.groupOf(key);
      let own = groups.get(group);
      if (own === undefined) {
        own = { physical: [], places: [] };
        groups.set(group, own);
      }
      own.physical.push(this.#head(group) + key);
      own.places.push(place);
    }
    return groups;
  }

  checkpoint(consumer: string, partition: number | undefined): { group: string; physical: string } {
    const key = checkpointKey(consumer, partition);
    const group = this.groupOf(key);
    return { group, physical: `${this.#prefix}{${group}}!${key}` };
  }

  /** Names in a group for the values of one write until they are in their places. */
  staged(group: string, writeId: string, count: number): string[] {
    return Array.from({ length: count }, (_, i) => `${this.#prefix}{${group}}~${writeId}:${i}`);
  }

  /** A glob of SCAN that finds at least the keys with a prefix; `logical` tells which they are. */
  scanPattern(prefix: string): string {
    return `${escapeGlob(this.#prefix)}{*}:${escapeGlob(prefix)}*`;
  }

  /** The store's key behind a physical one; undefined when it is none. */
  logical(physical: string): string | undefined {
    const begin = this.#prefix.length;
    if (!physical.startsWith(this.#prefix) || physical[begin] !== '{') return undefined;
    const end = physical.indexOf('}', begin);
    return end > 0 && physical[end + 1] === ':' ? physical.slice(end + 2) : undefined;
  }

  #head(group: string): string {
    let head = this.#heads.get(group);
    if (head === undefined) {
      if (group === '' || group.includes('}'))
        throw new TypeError(`a slot group cannot be called "${group}"`);
      head = `${this.#prefix}{${group}}:`;
      this.#heads.set(group, head);
    }
    return head;
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&');
}
