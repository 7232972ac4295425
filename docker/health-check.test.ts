import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('health-check.ts', import.meta.url));

async function check(port: number, ...path: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...path], { env: { ...process.env, PORT: `${port}` } });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

test('healthy is what answers 2xx on the asked path', async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/ready' ? 503 : 200;
    response.end(request.url === '/ready' ? '{"ready":false}' : 'up');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await check(port)).toEqual({ code: 0, output: '200 up\n' });
  expect(await check(port, '/ready')).toEqual({ code: 1, output: '503 {"ready":false}\n' });
});

test('nobody listening and nobody answering are both unhealthy', async () => {
  const silent = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const unanswered = await check(port);
  expect(unanswered.code).toBe(1);
  expect(unanswered.output).toMatch(/timeout|aborted/i);
  silent.close();
  await once(silent, 'close');
  expect(await check(port)).toMatchObject({ code: 1 });
});
