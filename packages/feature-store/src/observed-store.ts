/** Any online store, with its calls timed and, where a request is traced, part of its trace. */
import { inChildSpan, isMarqueeError, type Metrics } from '@marquee/service-kit';
import type { KeyValueStore } from './index.ts';

/**
 * Does what `store` does. Timed is what requests and consumers wait for; `scan` and `flush` take as long as there is
 * data, and would hide in their seconds what the others say. The outcome is about the store: `ok` also where it
 * refused what it was asked for the asker's sake (CONFLICT, BAD_USER_INPUT).
 */
export function observeStore(store: KeyValueStore, metrics: Metrics): KeyValueStore {
  const timed = <T>(operation: string, call: () => Promise<T>): Promise<T> =>
    timedCall(metrics, operation, call);
  const traced = <T>(operation: string, keys: number, call: () => Promise<T>): Promise<T> =>
    inChildSpan(`store ${operation}`, { 'db.system.name': store.name, 'db.operation.batch.size': keys }, () =>
      timed(operation, call),
    );
  return {
    name: store.name,
    ...(store.preferredEntries === undefined ? {} : { preferredEntries: store.preferredEntries }),
    start: () => store.start(),
    stop: () => store.stop(),
    readiness: () => store.readiness(),
    getMany: (keys) => traced('get', keys.length, () => store.getMany(keys)),
    putMany: (entries, progress) => traced('put', entries.length, () => store.putMany(entries, progress)),
    deleteMany: (keys) => traced('delete', keys.length, () => store.deleteMany(keys)),
    checkpoint: (consumer, partition) => timed('checkpoint', () => store.checkpoint(consumer, partition)),
    scan: (prefix) => store.scan(prefix),
    flush: () => store.flush(),
  };
}

async function timedCall<T>(metrics: Metrics, operation: string, call: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let outcome = 'ok';
  try {
    return await call();
  } catch (error) {
    if (!isAnswer(error)) outcome = 'failed';
    throw error;
  } finally {
    const seconds = (performance.now() - startedAt) / 1000;
    metrics.observe('marquee_store_request_seconds', seconds, { operation, outcome });
  }
}

function isAnswer(error: unknown): boolean {
  return isMarqueeError(error) && (error.code === 'CONFLICT' || error.code === 'BAD_USER_INPUT');
}
