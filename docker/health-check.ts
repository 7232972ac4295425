/**
 * The container's health check: asks the process in this container, because the image has no curl.
 * `node docker/health-check.ts [path]`, by default `/health`; exit code 0 when the answer is 2xx. Where the process speaks
 * TLS its certificate is not checked: it names a host, not this container's loopback address.
 */
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { argv, env } from 'node:process';
import { text } from 'node:stream/consumers';

const path = argv[2] ?? '/health';
const { PORT = '8080', MARQUEE_TLS_CERT } = env;
const isSecure = MARQUEE_TLS_CERT !== undefined && MARQUEE_TLS_CERT !== '';
const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${PORT}${path}`;

try {
  const { status, body } = await ask();
  process.stdout.write(`${status} ${body.slice(0, 2_000)}\n`);
  process.exitCode = status >= 200 && status < 300 ? 0 : 1;
} catch (error) {
  process.stdout.write(`${url}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function ask(): Promise<{ status: number; body: string }> {
  const send = isSecure ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    send(url, { signal: AbortSignal.timeout(2_500), rejectUnauthorized: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}
