/**
 * The values that the materialiser is working on, decoded: profile states and popularity rows. It reads what it
 * lacks, remembers what was changed, and keeps what was used last for the next batch. Being the only writer of
 * these keys, it may trust what it kept, until `forgetAll` says otherwise.
 */
import type { ProfileId } from '@marquee/domain';
import { type KeyValueStore, MAX_KEYS, type StoreEntry } from '@marquee/feature-store';
import { MarqueeError } from '@marquee/service-kit';
import type { FeatureView } from '../feature-view.ts';
import { WorkingProfile } from '../profile/working-profile.ts';
import { encodeProfile } from '../views/profile-state.codec.ts';
import { profileStateView } from '../views/profile-state.view.ts';
import { viewOfRow } from './counter-rows.ts';
import { createPacer } from './pacer.ts';
import { emptyRow } from './title-counters.ts';

/** A popularity row and the view it belongs to. */
interface Row {
  readonly values: Float32Array;
  readonly key: string;
  readonly view: FeatureView;
}

export class WorkingSet {
  readonly #store: KeyValueStore;
  readonly #keepProfiles: number;
  readonly #keepRows: number;
  readonly #profiles = new Map<ProfileId, WorkingProfile>();
  readonly #rows = new Map<string, Row>();
  readonly #changedProfiles = new Set<ProfileId>();
  readonly #changedRows = new Set<Row>();

  constructor(store: KeyValueStore, keepProfiles: number, keepRows: number) {
    this.#store = store;
    this.#keepProfiles = keepProfiles;
    this.#keepRows = keepRows;
  }

  /** A loaded profile. @throws TypeError when it was not loaded. */
  profile(id: ProfileId): WorkingProfile {
    const profile = this.#profiles.get(id);
    if (profile === undefined) throw new TypeError(`profile ${id} was not loaded`);
    return profile;
  }

  /** A kept popularity row by its store key. */
  row(key: string): Float32Array | undefined {
    return this.#rows.get(key)?.values;
  }

  markProfile(id: ProfileId): void {
    this.#changedProfiles.add(id);
  }

  /** The row to change. @throws TypeError when it was not loaded. */
  rowToChange(key: string): Float32Array {
    const row = this.#rows.get(key);
    if (row === undefined) throw new TypeError(`row ${key} was not loaded`);
    this.#changedRows.add(row);
    return row.values;
  }

  async loadProfiles(ids: ReadonlySet<ProfileId>): Promise<void> {
    const missing = touch(this.#profiles, ids);
    const pacer = createPacer();
    // States are large: a store that minds large writes minds large reads of them too.
    const chunkSize = Math.min(MAX_KEYS, this.#store.preferredEntries ?? MAX_KEYS);
    for (const chunk of chunks(missing, chunkSize)) {
      const blobs = await this.#store.getMany(chunk.map((id) => profileStateView.key(id)));
      for (const [i, id] of chunk.entries()) {
        const state = profileStateView.decode(blobs[i]);
        if (state === undefined && blobs[i] !== undefined) {
          // Another release's: starting from nothing would write over everything it knows.
          throw new MarqueeError('DATA_CORRUPT', `the state of profile ${id} is of an unknown format`);
        }
        this.#profiles.set(id, new WorkingProfile(state));
        if (pacer.due()) await pacer.pause();
      }
    }
  }

  /** @param keys store keys of rows (see counter-rows.ts). */
  async loadRows(keys: ReadonlySet<string>): Promise<void> {
    const missing = touch(this.#rows, keys);
    for (const chunk of chunks(missing, MAX_KEYS)) {
      const blobs = await this.#store.getMany(chunk);
      for (const [i, key] of chunk.entries()) {
        const view = viewOfRow(key);
        const values = emptyRow();
        if (!view.decodeInto(blobs[i], values, 0)) values.set(emptyRow());
        this.#rows.set(key, { values, key, view });
      }
    }
  }

  /** Everything changed since the last call, encoded. */
  async takeChanges(): Promise<readonly StoreEntry[]> {
    const entries: StoreEntry[] = [];
    const pacer = createPacer();
    for (const id of this.#changedProfiles) {
      entries.push({ key: profileStateView.key(id), value: encodeProfile(this.profile(id).content()) });
      if (pacer.due()) await pacer.pause();
    }
    for (const { key, view, values } of this.#changedRows) {
      entries.push({ key, value: view.encode(values) });
      if (pacer.due()) await pacer.pause();
    }
    this.#changedProfiles.clear();
    this.#changedRows.clear();
    return entries;
  }

  /** Lets go of what was used longest ago, down to the bounds. Only between batches. */
  shrink(): void {
    for (const [map, bound] of [
      [this.#profiles, this.#keepProfiles],
      [this.#rows, this.#keepRows],
    ] as const) {
      for (const key of map.keys()) {
        if (map.size <= bound) break;
        map.delete(key);
      }
    }
  }

  /** After a failed write, or when somebody else has written: nothing kept can be trusted. */
  forgetAll(): void {
    this.#profiles.clear();
    this.#rows.clear();
    this.#changedProfiles.clear();
    this.#changedRows.clear();
  }
}

/** Moves the known keys to the young end of the map, returns the unknown ones. */
function touch<V>(map: Map<string, V>, keys: ReadonlySet<string>): string[] {
  const missing: string[] = [];
  for (const key of keys) {
    const value = map.get(key);
    if (value === undefined) {
      missing.push(key);
    } else {
      map.delete(key);
      map.set(key, value);
    }
  }
  return missing;
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
