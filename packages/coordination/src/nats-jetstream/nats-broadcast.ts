/** Configuration in a key-value bucket that every process watches whole: it is small. */
import { type Logger, MarqueeError, silentLogger } from '@marquee/service-kit';
import type { ConfigurationBroadcast } from '../index.ts';
import { checkKey } from '../names.ts';
import { NatsLink, type NatsServerOptions } from '../nats-connection/index.ts';
import { Watchers } from '../watchers.ts';
import { Bucket } from './bucket.ts';

export interface NatsBroadcastOptions extends NatsServerOptions {
  /** Prefix of the bucket's name. Default `marquee`. */
  readonly stream?: string;
  /** Copies of the bucket when it is made: 3 on a cluster of three. Default 1. */
  readonly replicas?: number;
  readonly logger?: Logger;
}

/**
 * `start()` throws MarqueeError CONFIG_INVALID for refused credentials, DEPENDENCY_UNAVAILABLE when no server was there
 * within `startWithinMs`.
 */
export function createNatsBroadcast(options: NatsBroadcastOptions): ConfigurationBroadcast {
  const { stream = 'marquee', replicas = 1, logger = silentLogger } = options;
  const link = new NatsLink(options, 'configuration-broadcast');
  const watchers = new Watchers(logger);
  const bucket = new Bucket({
    link,
    name: `${stream}_configuration`,
    replicas,
    logger,
    onEntry: (entry) => {
      // What was deleted by hand stays in force: the last good value is better than none.
      if (entry.operation !== 'PUT') return;
      watchers.changed(entry.key, { value: entry.string(), revision: entry.revision });
    },
  });
  let running = false;

  return {
    name: 'configuration-broadcast',

    async start() {
      if (running) return;
      await link.open(() => bucket.open());
      running = true;
    },

    async stop() {
      running = false;
      bucket.close();
      await link.close();
    },

    readiness() {
      const { ready, detail } = link.readiness();
      return detail === undefined || !ready
        ? { ready, detail }
        : { ready, detail: `${detail}; the last values hold` };
    },

    async get(key) {
      checkKey(key);
      const entry = await bucket.get(key);
      if (entry === undefined || entry.operation !== 'PUT') return undefined;
      return { value: entry.string(), revision: entry.revision };
    },

    async put(key, value, expectedRevision) {
      checkKey(key);
      if (expectedRevision === undefined || (Number.isInteger(expectedRevision) && expectedRevision >= 0)) {
        return bucket.put(key, value, expectedRevision);
      }
      throw new MarqueeError('BAD_USER_INPUT', {
        message: 'a revision is a whole number from 0',
        field: 'expectedRevision',
      });
    },

    watch(key, onChange) {
      checkKey(key);
      return watchers.add(key, onChange);
    },
  };
}
