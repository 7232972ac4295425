import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, test } from 'vitest';
import { createRedisStore } from '../packages/feature-store/src/redis/index.ts';
import { findBinary, freePort } from '../packages/local-servers/src/index.ts';
import { silentLogger } from '../packages/service-kit/src/index.ts';
import { describeOnServer, temporaryFolder } from '../packages/testkit/src/index.ts';
import { readComposeFile } from './test/compose-file.ts';
import { read } from './test/repository.ts';

const run = promisify(execFile);

test('NATS acknowledges an event once it is on the disk', () => {
  const configuration = read('docker/nats/nats.conf');
  expect(configuration).toMatch(/^ {2}sync_interval: always$/m);
  expect(read('docker/nats/nats-cluster.conf')).toMatch(/^include "nats.conf"$/m);
});

describeOnServer('nats-server', 'NATS server configuration', () => {
  /** What the server says about our configuration under the environment that compose gives it. */
  async function check(file: string, password: string): Promise<{ ok: boolean; said: string }> {
    const binary = findBinary('nats-server') as string;
    const folder = temporaryFolder();
    try {
      const [, major = '0', minor = '0'] =
        /(\d+)\.(\d+)/.exec((await run(binary, ['--version'])).stdout) ?? [];
      // Known from 2.10 on; the rest of the file can be checked with older servers too.
      const knowsSync = Number(major) > 2 || Number(minor) >= 10;
      for (const name of ['nats.conf', 'nats-cluster.conf']) {
        const text = read(`docker/nats/${name}`).replace('"/data"', JSON.stringify(folder.file('data')));
        await writeFile(folder.file(name), knowsSync ? text : text.replace(/^ *sync_interval: .*$/m, ''));
      }
      const secrets = {
        POSTGRES_PASSWORD: 'x',
        REDIS_PASSWORD: 'x',
        QDRANT_API_KEY: 'x',
        NATS_PASSWORD: password,
      };
      const others = { MARQUEE_GATEWAY_SECRET: 'x', MARQUEE_TOKEN_SECRET: 'x', MARQUEE_AUTH_SECRET: 'x' };
      const { services } = readComposeFile('docker/compose.yaml', { ...secrets, ...others });
      return await run(binary, ['-t', '-c', folder.file(file)], {
        env: { ...process.env, ...services.nats?.environment },
      }).then(
        ({ stdout, stderr }) => ({ ok: true, said: stdout + stderr }),
        (error: { stderr: string }) => ({ ok: false, said: error.stderr }),
      );
    } finally {
      await folder.remove();
    }
  }

  for (const file of ['nats.conf', 'nats-cluster.conf']) {
    // Digits, and what looks like a number: NATS would parse both as one.
    for (const password of ['correcthorse', '1234567890', '12e4ab90']) {
      it(`takes ${file} with the password ${password}`, async () => {
        expect(await check(file, password)).toMatchObject({ ok: true });
      });
    }
  }

  it('notices a configuration that is wrong', async () => {
    expect(await check('no-such-file.conf', 'x')).toMatchObject({ ok: false });
  });
});

describeOnServer('redis-server', 'Redis configuration', () => {
  it('is one that the online store accepts, keeps its writes, and evicts nothing', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const configuration = read('docker/redis/redis.conf').replace(/^dir .*$/m, `dir ${folder.path}`);
    await writeFile(folder.file('redis.conf'), configuration);
    const server = spawn(
      findBinary('redis-server') as string,
      [
        ...[folder.file('redis.conf'), '--requirepass', 'secret'],
        ...['--port', `${port}`, '--bind', '127.0.0.1'],
      ],
      { stdio: 'ignore' },
    );
    const url = `redis://:secret@127.0.0.1:${port}`;
    const store = createRedisStore({
      url,
      keyPrefix: 'marquee:',
      startWithinMs: 10_000,
      logger: silentLogger,
    });
    const client = new Redis(url, { lazyConnect: true });
    client.on('error', () => {});
    onTestFinished(async () => {
      client.disconnect();
      await store.stop();
      if (server.exitCode === null) {
        const ended = once(server, 'exit');
        server.kill();
        await ended;
      }
      await folder.remove();
    });
    // It waits for the server, signs in, and refuses one that evicts lasting values.
    await store.start();
    expect(store.readiness()).toEqual({ ready: true });
    await client.connect();
    for (const [setting, value] of Object.entries({
      'maxmemory-policy': 'noeviction',
      appendonly: 'yes',
      appendfsync: 'everysec',
    })) {
      expect(await client.config('GET', setting)).toEqual([setting, value]);
    }
  });
});
