import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll } from 'vitest';
import { describeConfigurationBroadcastContract, describeLeasesContract } from '../contract.ts';
import { createNatsBroadcast, createNatsLeases } from './index.ts';

describeOnServer('nats-server', 'coordination through NATS', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  let made = 0;

  beforeAll(async () => {
    server = await startLocalNats({ folder: folder.path });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  describeConfigurationBroadcastContract('nats-jetstream', () => {
    const stream = `configuration-${++made}`;
    return {
      open: () => createNatsBroadcast({ servers: server.url, stream }),
      dispose: async () => undefined,
    };
  });

  describeLeasesContract('nats-jetstream', () => {
    const stream = `leases-${++made}`;
    return { open: () => createNatsLeases({ servers: server.url, stream }), dispose: async () => undefined };
  });
});
