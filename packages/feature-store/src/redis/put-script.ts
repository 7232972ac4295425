/**
 * One atomic write: values of one slot group and, with them, a checkpoint. A script is all or nothing for other
 * clients, for the append-only file and for replicas, and Redis refuses it whole when its memory is full.
 *
 * A checkpoint is stored as `<sequence> <write id>`. The id tells a write that is sent again after a broken
 * connection, and has already been done, from another writer's: it answers OK and does nothing.
 */
import type { StoreEntry } from '../index.ts';
import type { RedisClient } from './redis-client.ts';

const COMMAND = 'marqueePut';

/** Ends a script that must write nothing: the checkpoint is this write's already, or another than expected. */
export const CHECK_CHECKPOINT = `
local stored = redis.call('GET', checkpoint)
if stored == ARGV[2] then return 'OK' end
if ARGV[3] ~= '' then
  local sequence = '0'
  if stored then sequence = string.match(stored, '^%d+') or stored end
  if sequence ~= ARGV[3] then return sequence end
end`;

/**
 * KEYS: the values' keys, then the checkpoint's when there is one. ARGV: number of values; the checkpoint as it is to
 * be stored; the sequence it must have now, or empty; then value and time to live in ms, or empty, of each key.
 * Answers OK, or the checkpoint's sequence when it is another one than expected.
 */
const LUA = `
local values = tonumber(ARGV[1])
local checkpoint = KEYS[values + 1]
if checkpoint then
${CHECK_CHECKPOINT}
end
for i = 1, values do
  local ttl = ARGV[3 + 2 * i]
  if ttl == '' then
    redis.call('SET', KEYS[i], ARGV[2 + 2 * i])
  else
    redis.call('SET', KEYS[i], ARGV[2 + 2 * i], 'PX', ttl)
  end
end
if checkpoint then redis.call('SET', checkpoint, ARGV[2]) end
return 'OK'
`;

export interface PutCheckpoint {
  readonly key: string;
  readonly sequence: number;
  readonly expected: number | undefined;
  readonly writeId: string;
}

interface WithPut {
  marqueePut(keyCount: number, args: readonly (string | Buffer)[]): Promise<string>;
}

/** Once per client. */
export function definePut(client: RedisClient): void {
  client.defineCommand(COMMAND, { lua: LUA });
}

/** @returns undefined when it is done, else the sequence that the checkpoint has. */
export async function put(
  client: RedisClient,
  keys: readonly string[],
  entries: readonly StoreEntry[],
  checkpoint?: PutCheckpoint,
): Promise<string | undefined> {
  const args: (string | Buffer)[] = checkpoint === undefined ? [...keys] : [...keys, checkpoint.key];
  const keyCount = args.length;
  args.push(
    `${entries.length}`,
    checkpoint === undefined ? '' : `${checkpoint.sequence} ${checkpoint.writeId}`,
    checkpoint?.expected === undefined ? '' : `${checkpoint.expected}`,
  );
  for (const { value, ttlMs } of entries) {
    args.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    // Redis takes whole milliseconds, from one on.
    args.push(ttlMs === undefined ? '' : `${Math.max(1, Math.ceil(ttlMs))}`);
  }
  const answer = await (client as unknown as WithPut).marqueePut(keyCount, args);
  return answer === 'OK' ? undefined : answer;
}

/** The sequence of a stored checkpoint; undefined when it is none. */
export function sequenceOf(stored: string): number | undefined {
  const digits = /^(\d+) /.exec(stored)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
