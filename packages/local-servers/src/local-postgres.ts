/** A PostgreSQL server over a data directory of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findBinary } from './find-binary.ts';
import { freePort } from './free-port.ts';
import { type LocalServer, type LocalServerOptions, launchServer, requireBinary } from './local-server.ts';

export interface LocalPostgresOptions extends LocalServerOptions {
  /** Further settings, e.g. `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of the superuser `marquee`. Default `marquee`. */
  readonly password?: string;
}

const run = promisify(execFile);
const HINT = 'install the package postgresql';

/** The database `marquee` of the user `marquee`; made at the first start of the folder. */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalServer> {
  const binary = requireBinary(findBinary('postgres'), 'postgres', HINT);
  const port = options.port ?? (await freePort());
  const password = options.password ?? 'marquee';
  const data = join(options.folder, 'data');
  const user = otherThanRoot();
  if (user !== undefined) letThrough(options.folder);
  const fresh = !existsSync(join(data, 'PG_VERSION'));
  if (fresh) {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const passwordFile = join(options.folder, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user !== undefined)
      for (const path of [options.folder, data, passwordFile]) chownSync(path, user.uid, user.gid);
    await run(
      requireBinary(findBinary('initdb'), 'initdb', HINT),
      [
        ...['-D', data, '-U', 'marquee', '--encoding=UTF8', '--locale=C.UTF-8'],
        ...['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync'],
      ],
      { cwd: options.folder, ...user },
    );
  }
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: `${port}`,
    ...options.settings,
  };
  const server = await launchServer({
    ...options,
    name: 'postgres',
    port,
    url: `postgres://marquee:${encodeURIComponent(password)}@127.0.0.1:${port}/marquee`,
    binary,
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ...user,
    // "Fast": ends sessions instead of waiting for them.
    stopSignal: 'SIGINT',
    // After a kill the backends live on for a moment, and no other server may begin before they are gone.
    retryWhile: /shared memory block|lock file "postmaster.pid"/,
    ready: () => answers(port, password),
  });
  if (fresh) await createDatabase(port, password);
  return server;
}

/**
 * Lets the server's user pass through the folders above its data. Passing is all: what is in them stays as closed as it
 * is. Only as root, whose folders others may not enter.
 */
function letThrough(folder: string): void {
  for (let path = resolve(folder); path !== dirname(path); path = dirname(path)) {
    const { mode } = statSync(path);
    if ((mode & 0o001) === 0) chmodSync(path, mode | 0o001);
  }
}

/** PostgreSQL refuses to run as root; the account its package makes, or else nobody, runs it then. */
function otherThanRoot(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such account here; the next one.
    }
  }
  return undefined;
}

async function answers(port: number, password: string): Promise<boolean> {
  return psql(port, password, 'select 1').then(
    () => true,
    () => false,
  );
}

async function createDatabase(port: number, password: string): Promise<void> {
  await psql(port, password, 'create database marquee');
}

async function psql(port: number, password: string, command: string): Promise<void> {
  await run(
    requireBinary(findBinary('psql'), 'psql', HINT),
    ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'marquee', '-d', 'postgres', '-qtAc', command],
    { env: { ...process.env, PGPASSWORD: password, PGCONNECT_TIMEOUT: '5' } },
  );
}
