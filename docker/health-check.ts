/**
 * The container's health check: asks the process in this container, because the image has no curl.
 * `node docker/health-check.ts [path]`, by default `/health`; exit code 0 when the answer is 2xx.
 */
import { argv, env } from 'node:process';

const path = argv[2] ?? '/health';
const { PORT = '8080' } = env;
const url = `http://127.0.0.1:${PORT}${path}`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_500) });
  const body = await answer.text();
  process.stdout.write(`${answer.status} ${body.slice(0, 2_000)}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`${url}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
