/** Over HTTP/1.1; over HTTP/2 in http2.test.ts. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import Fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { UntakenAnswers } from './untaken-answers.ts';
import { HTTP_VARIABLES, httpLimits } from './variables.ts';

/** More than the buffers of a connection hold. */
const BODY = Buffer.alloc(32 * 1024 * 1024, 0x20);

it('an answer that is read slowly over HTTP/1.1 is cut off, and those after it are not', async () => {
  const limits = httpLimits(
    z.object(HTTP_VARIABLES).parse({ MARQUEE_RESPONSE_TIMEOUT_MS: 500, MARQUEE_TIMEOUT_CHECK_MS: 20 }),
  );
  const metrics = createMetrics('gateway');
  const untaken = new UntakenAnswers(limits, createLogger({ service: 'test', level: 'silent' }), metrics);
  onTestFinished(() => untaken.stop());
  const server = Fastify();
  server.addHook('onSend', (_request, reply, payload, done) => {
    untaken.made(reply, (payload as Buffer).length);
    done(null, payload);
  });
  server.get('/', (_request, reply) => reply.send(BODY));
  server.get('/short', (_request, reply) => reply.send(Buffer.from('short')));
  await server.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const { port } = server.server.address() as { port: number };

  const slow = connect(port, '127.0.0.1');
  onTestFinished(() => void slow.destroy());
  await once(slow, 'connect');
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let read = 0;
  let isCutOff = false;
  slow.on('data', (bytes: Buffer) => {
    read += bytes.length;
    if (isCutOff) return;
    slow.pause();
    setTimeout(() => slow.resume(), 50);
  });
  slow.on('error', () => undefined);
  await waitUntil(async () => /cut_off_total\{[^}]*reason="slow"/.test((await metrics.exposition()).body));
  isCutOff = true;
  await waitUntil(() => slow.closed);
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(BODY.length);

  const quick = await fetch(`http://127.0.0.1:${port}/short`);
  expect(await quick.text()).toBe('short');
});
