/**
 * Connections to subgraphs over TLS, with the certificates of the moment: what is replaced on disk is used for every new
 * connection, and connections are made anew within a minute.
 */
import type { TlsFiles } from '@marquee/service-kit/service';
import { buildConnector } from 'undici';

export function tlsConnector(files: TlsFiles, timeoutMs: number): buildConnector.connector {
  // A connector keeps sessions, and a session that is resumed shows no certificate: new ones get a new connector.
  const build = () => buildConnector({ timeout: timeoutMs, ...files.current });
  let connect = build();
  files.onChange(() => {
    connect = build();
  });
  return (options, callback) => connect(options, callback);
}
