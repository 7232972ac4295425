import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll } from 'vitest';
import { describeEventBusContract } from '../contract.ts';
import { createNatsEventBus } from './index.ts';

describeOnServer('nats-server', 'the event bus on NATS', () => {
  const serverFolder = temporaryFolder();
  let server: LocalServer;
  let made = 0;

  beforeAll(async () => {
    server = await startLocalNats({ folder: serverFolder.path });
  });
  afterAll(async () => {
    await server.stop();
    await serverFolder.remove();
  });

  for (const partitions of [1, 8]) {
    describeEventBusContract(`nats-jetstream, ${partitions} partitions`, () => {
      const folder = temporaryFolder();
      const stream = `contract-${++made}`;
      return {
        open: (options) =>
          createNatsEventBus({
            servers: server.url,
            stream,
            partitions,
            spoolFile: folder.file('spool.db'),
            firstRetryMs: 1,
            maxRetryMs: 5,
            ...options,
          }),
        dispose: () => folder.remove(),
      };
    });
  }
});
