/** Authorities and certificates for one test, made by openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

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

const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const isToRun = hasOpenssl || process.env.MARQUEE_REQUIRE_SERVERS === '1';
const WHY_SKIPPED = ' (skipped: there is no openssl on this machine)';

/** Skipped, with the reason, where there is no openssl; where servers are promised, it has to be there. */
export function suiteWithOpenssl(name: string, tests: () => void): void {
  if (isToRun) describe(name, tests);
  else describe.skip(`${name}${WHY_SKIPPED}`, tests);
}

/** The same for one test. */
export function itWithOpenssl(name: string, test: () => Promise<void>): void {
  if (isToRun) it(name, test);
  else it.skip(`${name}${WHY_SKIPPED}`, test);
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
