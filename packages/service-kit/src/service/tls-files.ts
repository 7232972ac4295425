/**
 * Certificates and keys in files that somebody else renews: read at the start, where whatever is wrong with them ends the
 * process, and again whenever they change, where whatever is wrong with them is logged and the last good ones stay.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { MarqueeError } from '../errors.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from './metrics.ts';

export interface TlsPaths {
  /** PEM; of authorities that the other side's certificate must come from. */
  readonly ca?: string | undefined;
  /** PEM; our own certificate, then those between it and its authority. */
  readonly cert?: string | undefined;
  /** PEM, not encrypted. */
  readonly key?: string | undefined;
}

export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface TlsFiles {
  readonly current: TlsMaterial;
  /** Called with everything after a change that is good. */
  onChange(listener: (material: TlsMaterial) => void): void;
  /** Looks at the files every so often until `stop()`. */
  start(): void;
  stop(): void;
}

export interface TlsFilesOptions {
  readonly paths: TlsPaths;
  /** Whose they are, for logs and metrics. */
  readonly name: string;
  /** Default 10,000: certificates are renewed long before they end. */
  readonly intervalMs?: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

const SOON_MS = 7 * 24 * 3_600_000;

/** @throws MarqueeError CONFIG_INVALID naming the file that cannot be read or used, or that is out of date. */
export function tlsFiles(options: TlsFilesOptions): TlsFiles {
  const { paths, name, intervalMs = 10_000, logger, metrics } = options;
  const files = [paths.ca, paths.cert, paths.key].filter((path) => path !== undefined);
  const listeners: ((material: TlsMaterial) => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let seen = stateOf(files);
  let current = readMaterial(paths, options.now());
  report();

  function report(): void {
    if (current.cert === undefined) return;
    const endsAt = Date.parse(new X509Certificate(current.cert).validTo);
    metrics?.set('marquee_tls_certificate_expiry_timestamp_seconds', endsAt / 1000, { name });
    const ends = { name, path: paths.cert, endsAt: new Date(endsAt).toISOString() };
    if (endsAt - options.now() < SOON_MS) logger.warn(ends, 'a certificate ends within a week');
    else logger.info(ends, 'certificate read');
  }

  function look(): void {
    const state = stateOf(files);
    if (state === seen) return;
    try {
      const next = readMaterial(paths, options.now());
      seen = state;
      current = next;
      report();
      for (const listener of listeners) listener(current);
    } catch (error) {
      // Certificate and key are often replaced one after the other: it is looked at again, and complained about once a state.
      if (seen !== `refused ${state}`) {
        logger.error({ name, err: error }, 'changed certificates cannot be used; the last good ones stay');
      }
      seen = `refused ${state}`;
    }
  }

  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    start() {
      timer ??= setInterval(look, intervalMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

function stateOf(files: readonly string[]): string {
  return files
    .map((path) => {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? 'none' : `${found.ino} ${found.size} ${found.mtimeNs}`;
    })
    .join();
}

function readMaterial(paths: TlsPaths, now: number): TlsMaterial {
  const read = (path: string | undefined) => {
    try {
      return path === undefined ? undefined : readFileSync(path, 'utf8');
    } catch (cause) {
      throw invalid(`${path} cannot be read: ${(cause as Error).message}`, cause);
    }
  };
  const [ca, cert, key] = [read(paths.ca), read(paths.cert), read(paths.key)];
  const material = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  if (ca !== undefined) certificateOf(ca, paths.ca);
  if (cert !== undefined) {
    const own = certificateOf(cert, paths.cert);
    if (Date.parse(own.validTo) < now) throw invalid(`${paths.cert} ended on ${own.validTo}`);
    if (key !== undefined && !own.checkPrivateKey(privateKeyOf(key, paths.key))) {
      throw invalid(`${paths.key} is not the key of ${paths.cert}`);
    }
  }
  try {
    createSecureContext(material);
  } catch (cause) {
    throw invalid(`${Object.values(paths).join(', ')}: ${(cause as Error).message}`, cause);
  }
  return material;
}

function certificateOf(pem: string, path: string | undefined): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw invalid(`${path} is no certificate`, cause);
  }
}

function privateKeyOf(pem: string, path: string | undefined) {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw invalid(`${path} is no private key without a passphrase`, cause);
  }
}

function invalid(message: string, cause?: unknown): MarqueeError {
  return new MarqueeError('CONFIG_INVALID', { message, ...(cause === undefined ? {} : { cause }) });
}
