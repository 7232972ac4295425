/** Authorities and certificates for one test, made by openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** Path of its certificate. */
  readonly ca: string;
  /** @param days negative: ended so many days ago. */
  sign(name: string, options?: { readonly days?: number }): CertificatePaths;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function makeAuthority(folder: string, authority: string): Authority {
  const path = (name: string) => join(folder, `${authority}-${name}`);
  const openssl = (...parts: string[]) => execFileSync('openssl', parts, { stdio: 'pipe' });
  const [ca, caKey] = [path('ca.pem'), path('ca.key')];
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    caKey,
    '-out',
    ca,
    '-days',
    '30',
    '-subj',
    `/CN=${authority}`,
  );
  return {
    ca,
    sign(name, { days = 30 } = {}) {
      const [cert, key, request] = [path(`${name}.pem`), path(`${name}.key`), path(`${name}.csr`)];
      const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
      openssl('req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`, ...names);
      const signer = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-copy_extensions', 'copyall'];
      openssl('x509', '-req', '-in', request, ...signer, '-days', String(days), '-out', cert);
      return { cert, key };
    },
  };
}

export function pem(path: string): string {
  return readFileSync(path, 'utf8');
}
