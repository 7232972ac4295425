/**
 * A large write with a checkpoint, in two steps: the values go under names of this write, one small command each, with
 * others' commands between them; then one script checks the checkpoint and renames them all. Renaming moves no bytes,
 * so Redis is held up for about a microsecond per value however large the values are, where a script that is handed
 * them copies every byte, several times. What is left behind when the second step never comes expires.
 */
import type { StoreEntry } from '../index.ts';
import { CHECK_CHECKPOINT, type PutCheckpoint } from './put-script.ts';
import type { RedisClient } from './redis-client.ts';

/** From so many bytes on the second round trip is worth it. */
export const STAGE_FROM_BYTES = 262_144;
/** And from so many per value. */
export const STAGE_FROM_MEAN_BYTES = 1_024;
/** Bytes that are sent together. */
const CHUNK_BYTES = 1_048_576;
/** How long the second step may take to come. */
const STAGED_TTL_MS = 60_000;
const COMMAND = 'marqueeMove';

/**
 * KEYS: the names the values are under, the keys they are to have, the checkpoint's. ARGV: number of values; the
 * checkpoint as it is to be stored; the sequence it must have now, or empty; time to live in ms, or empty, of each key.
 * Nothing is changed before everything has been checked.
 */
const LUA = `
local values = tonumber(ARGV[1])
local checkpoint = KEYS[2 * values + 1]
${CHECK_CHECKPOINT}
for i = 1, values do
  if redis.call('EXISTS', KEYS[i]) == 0 then return redis.error_reply('EXPIRED the write took too long') end
end
for i = 1, values do
  redis.call('RENAME', KEYS[i], KEYS[values + i])
  if ARGV[3 + i] == '' then
    redis.call('PERSIST', KEYS[values + i])
  else
    redis.call('PEXPIRE', KEYS[values + i], ARGV[3 + i])
  end
end
redis.call('SET', checkpoint, ARGV[2])
return 'OK'
`;

interface WithMove {
  marqueeMove(keyCount: number, args: readonly string[]): Promise<string>;
}

/** Once per client. */
export function defineMove(client: RedisClient): void {
  client.defineCommand(COMMAND, { lua: LUA });
}

/** The pieces of the first step. @param staged a name for each entry, in the slot of the checkpoint. */
export function* stagingChunks(
  staged: readonly string[],
  entries: readonly StoreEntry[],
): Generator<{ bytes: number; send(client: RedisClient): Promise<void> }> {
  for (let from = 0; from < entries.length; ) {
    let end = from;
    let bytes = 0;
    while (end < entries.length && bytes < CHUNK_BYTES) bytes += entries[end++]!.value.byteLength;
    const [begin, stop] = [from, end];
    yield { bytes, send: (client) => stage(client, staged.slice(begin, stop), entries.slice(begin, stop)) };
    from = end;
  }
}

async function stage(
  client: RedisClient,
  names: readonly string[],
  entries: readonly StoreEntry[],
): Promise<void> {
  const pipeline = client.pipeline();
  for (const [i, { value }] of entries.entries()) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    pipeline.set(names[i]!, bytes, 'PX', STAGED_TTL_MS);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

/** The second step. @returns undefined when it is done, else the sequence that the checkpoint has. */
export async function moveStaged(
  client: RedisClient,
  staged: readonly string[],
  keys: readonly string[],
  entries: readonly StoreEntry[],
  checkpoint: PutCheckpoint,
): Promise<string | undefined> {
  const { key, sequence, expected, writeId } = checkpoint;
  const args = [...staged, ...keys, key];
  const keyCount = args.length;
  args.push(`${entries.length}`, `${sequence} ${writeId}`, expected === undefined ? '' : `${expected}`);
  for (const { ttlMs } of entries) args.push(ttlMs === undefined ? '' : `${Math.max(1, Math.ceil(ttlMs))}`);
  const answer = await (client as unknown as WithMove).marqueeMove(keyCount, args);
  return answer === 'OK' ? undefined : answer;
}
