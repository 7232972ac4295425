/** How a connection to an address is opened: over TCP, or over TLS with the certificates of the moment. */
import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions as TlsOptions, connect as tlsConnect } from 'node:tls';
import type { TlsMaterial } from '@marquee/service-kit/service';
import type { OnRead } from './connection.ts';

export interface Address {
  /** As the `host` header has it. */
  readonly host: string;
  /** Emitted by the socket when requests can be sent. */
  readonly openEvent: 'connect' | 'secureConnect';
  open(onread: OnRead): Socket;
}

/** Lets the kernel find out that the other machine has gone while nothing is sent. */
const PROBE_AFTER_MS = 60_000;

/**
 * @param url with `http:` or `https:`.
 * @param material asked for each connection. Undefined: the authorities that Node knows, and no certificate of our own.
 */
export function addressOf(url: string, material: () => TlsMaterial | undefined = () => undefined): Address {
  const { protocol, host, hostname, port } = new URL(url);
  const name = hostname.replace(/^\[|\]$/g, '');
  const isSecure = protocol === 'https:';
  const where = {
    host: name,
    port: Number(port) || (isSecure ? 443 : 80),
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  };
  if (!isSecure) {
    return {
      host,
      openEvent: 'connect',
      open: (onread) => connect({ ...where, onread } as TcpNetConnectOpts),
    };
  }
  return {
    host,
    openEvent: 'secureConnect',
    open: (onread) =>
      tlsConnect({
        ...where,
        ...material(),
        // An address is no name that a server could choose its certificate by.
        ...(isIP(name) === 0 && { servername: name }),
        ALPNProtocols: ['http/1.1'],
        onread,
      } as TlsOptions),
  };
}
