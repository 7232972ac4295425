/** Writes of the store: atomic per slot group, with a checkpoint or without (see put-script.ts and staged-write.ts). */
import { randomUUID } from 'node:crypto';
import { MarqueeError } from '@marquee/service-kit';
import type { Checkpoint, StoreEntry } from '../index.ts';
import type { KeyLayout } from './key-layout.ts';
import { definePut, type PutCheckpoint, put } from './put-script.ts';
import type { RedisClient } from './redis-client.ts';
import type { RedisConnection } from './redis-connection.ts';
import {
  defineMove,
  moveStaged,
  STAGE_FROM_BYTES,
  STAGE_FROM_MEAN_BYTES,
  stagingChunks,
} from './staged-write.ts';
import type { TrafficCounter } from './traffic-counter.ts';

/** So many renames or small values hold Redis up for a millisecond or two. */
export const PREFERRED_ENTRIES = 1_000;
const MAX_ENTRIES = 50_000;

interface CheckpointedWrite {
  readonly group: string;
  readonly keys: readonly string[];
  readonly entries: readonly StoreEntry[];
  readonly checkpoint: PutCheckpoint;
}

export class RedisWriter {
  readonly #layout: KeyLayout;
  readonly #connection: RedisConnection;
  readonly #traffic: TrafficCounter;
  /** On one server everything can be written at once, on a cluster what is in one slot. */
  readonly #spread: boolean;
  /** With a number behind it, the id of a write. */
  readonly #writer = randomUUID();
  readonly #withScripts = new WeakSet<RedisClient>();
  #writes = 0;

  constructor(layout: KeyLayout, connection: RedisConnection, traffic: TrafficCounter, spread: boolean) {
    this.#layout = layout;
    this.#connection = connection;
    this.#traffic = traffic;
    this.#spread = spread;
  }

  /** See `KeyValueStore.putMany`. @throws also MarqueeError BAD_USER_INPUT for more than MAX_ENTRIES. */
  async putMany(entries: readonly StoreEntry[], checkpoint: Checkpoint | undefined): Promise<void> {
    if (entries.length > MAX_ENTRIES) {
      throw badEntries(`at most ${MAX_ENTRIES} values in one write, not ${entries.length}`);
    }
    if (checkpoint !== undefined) return this.#putWithCheckpoint(entries, checkpoint);
    if (entries.length === 0) return;
    const keys = entries.map(({ key }) => key);
    if (!this.#spread) {
      this.#traffic.count(1);
      await this.#put(this.#layout.physicalAll(keys), entries);
      return;
    }
    const groups = [...this.#layout.byGroup(keys).values()];
    this.#traffic.count(groups.length);
    await Promise.all(
      groups.map(({ physical, places }) => {
        const own = places.map((place) => entries[place]!);
        return this.#put(physical, own);
      }),
    );
  }

  async #putWithCheckpoint(entries: readonly StoreEntry[], checkpoint: Checkpoint): Promise<void> {
    const { consumer, partition, sequence, expected } = checkpoint;
    const { group, physical } = this.#layout.checkpoint(consumer, partition);
    for (const { key } of entries) {
      // Also on a single server, where it would work: what can be written must not depend on where it runs.
      if (this.#layout.groupOf(key) !== group) {
        throw badEntries(`${key} is not in ${group}, the slot group of the checkpoint of ${consumer}`);
      }
    }
    const write: CheckpointedWrite = {
      group,
      keys: this.#layout.physicalAll(entries.map(({ key }) => key)),
      entries,
      checkpoint: { key: physical, sequence, expected, writeId: `${this.#writer}:${++this.#writes}` },
    };
    const stored = await (isLarge(entries) ? this.#putStaged(write) : this.#putAtOnce(write));
    if (stored === undefined) return;
    throw new MarqueeError(
      'CONFLICT',
      `checkpoint ${consumer}@${partition ?? 0} is ${stored}, not ${expected}: somebody else writes it too`,
    );
  }

  #putAtOnce({ keys, entries, checkpoint }: CheckpointedWrite): Promise<string | undefined> {
    this.#traffic.count(1);
    return this.#put(keys, entries, checkpoint);
  }

  async #putStaged({ group, keys, entries, checkpoint }: CheckpointedWrite): Promise<string | undefined> {
    const staged = this.#layout.staged(group, checkpoint.writeId, entries.length);
    for (const { bytes, send } of stagingChunks(staged, entries)) {
      this.#traffic.count(1);
      await this.#connection.run('a large write', send, bytes);
    }
    this.#traffic.count(1);
    const stored = await this.#connection.run('a large write', (client) =>
      moveStaged(this.#scripted(client), staged, keys, entries, checkpoint),
    );
    // They would expire; a writer that keeps coming second should not fill the server until then.
    if (stored !== undefined) {
      await this.#connection.run('UNLINK', (client) => client.unlink(...staged)).catch(() => undefined);
    }
    return stored;
  }

  #put(keys: readonly string[], entries: readonly StoreEntry[], checkpoint?: PutCheckpoint) {
    return this.#connection.run(
      'a write',
      (client) => put(this.#scripted(client), keys, entries, checkpoint),
      bytesOf(entries),
    );
  }

  #scripted(client: RedisClient): RedisClient {
    if (!this.#withScripts.has(client)) {
      definePut(client);
      defineMove(client);
      this.#withScripts.add(client);
    }
    return client;
  }
}

/** Many small values are copied as fast as they are renamed. */
function isLarge(entries: readonly StoreEntry[]): boolean {
  const bytes = bytesOf(entries);
  return bytes >= STAGE_FROM_BYTES && bytes / entries.length >= STAGE_FROM_MEAN_BYTES;
}

function bytesOf(entries: readonly StoreEntry[]): number {
  let bytes = 0;
  for (const { value } of entries) bytes += value.byteLength;
  return bytes;
}

function badEntries(message: string): MarqueeError {
  return new MarqueeError('BAD_USER_INPUT', { message, field: 'entries' });
}
