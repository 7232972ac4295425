/**
 * Finds out before a long preparation, not after it, that nothing could be served at the address. The port is not
 * held meanwhile; whoever takes it then is found when the gateway listens.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listenFailure } from '@marquee/service-kit';

/** @throws MarqueeError PORT_IN_USE, or CONFIG_INVALID for an address that this machine does not have. */
export async function requireFreeAddress({ host, port }: { host: string; port: number }): Promise<void> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    throw listenFailure(error, host, port);
  }
  server.close();
  await once(server, 'close');
}
