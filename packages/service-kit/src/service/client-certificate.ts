/**
 * Whether a TLS connection comes from a gateway. The handshake takes everybody, so that probes and Prometheus reach
 * health and metrics on the same port without a certificate, and so that whoever is refused is told why.
 */
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { MarqueeError } from '../errors.ts';

/**
 * @param names of gateways, as common name or DNS name in their certificates; empty: any that the authority has signed.
 * @throws MarqueeError UNAUTHENTICATED saying what is wrong with the certificate, or that there is none.
 */
export function requireClientCertificate({ socket }: IncomingMessage, names: readonly string[]): void {
  if (!(socket instanceof TLSSocket)) throw refused('the connection is not encrypted');
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) throw refused('it came without a client certificate');
  if (!socket.authorized) {
    throw refused(`its client certificate is not accepted (${socket.authorizationError})`);
  }
  const given = [certificate.subject.CN, ...(certificate.subjectaltname ?? '').split(', ')]
    .flat()
    .map((name) => name?.replace(/^DNS:/, ''));
  if (names.length > 0 && !given.some((name) => name !== undefined && names.includes(name))) {
    throw refused(`its client certificate is of ${certificate.subject.CN}, who is no gateway`);
  }
}

function refused(why: string): MarqueeError {
  return new MarqueeError('UNAUTHENTICATED', `This request is not accepted: ${why}.`);
}
