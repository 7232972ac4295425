/** Values for the life of the process, told to its own watchers. */
import { type Logger, MarqueeError, READY, silentLogger } from '@marquee/service-kit';
import type { BroadcastValue, ConfigurationBroadcast } from '../index.ts';
import { checkKey } from '../names.ts';
import { Watchers } from '../watchers.ts';

export function createMemoryBroadcast(options: { readonly logger?: Logger } = {}): ConfigurationBroadcast {
  const watchers = new Watchers(options.logger ?? silentLogger);
  let revision = 0;

  return {
    name: 'configuration-broadcast',
    start: async () => undefined,
    stop: async () => undefined,
    readiness: () => READY,

    async get(key): Promise<BroadcastValue | undefined> {
      checkKey(key);
      return watchers.known(key);
    },

    async put(key, value, expectedRevision) {
      checkKey(key);
      const current = watchers.known(key)?.revision ?? 0;
      if (expectedRevision !== undefined && expectedRevision !== current) {
        throw new MarqueeError('CONFLICT', `${key} has revision ${current}, not ${expectedRevision}`);
      }
      revision++;
      watchers.changed(key, { value, revision });
      return revision;
    },

    watch(key, onChange) {
      checkKey(key);
      return watchers.add(key, onChange);
    },
  };
}
