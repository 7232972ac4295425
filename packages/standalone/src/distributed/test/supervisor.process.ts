/** A supervisor of one process; says that one's pid when it is ready. */
import { fileURLToPath } from 'node:url';
import { createSupervisor } from '../supervisor.ts';

const port = Number(process.argv[2]);
const supervisor = createSupervisor({
  specs: [
    {
      name: 'content',
      part: 'content',
      script: fileURLToPath(new URL('./ready.process.ts', import.meta.url)),
      port,
      environment: { PORT: String(port) },
    },
  ],
  onLine: () => undefined,
  onRestart: (name, how) => process.stderr.write(`${name}: ${how}\n`),
  readyWithinMs: 8_000,
});
await supervisor.start(new AbortController().signal);
process.stdout.write(`${supervisor.pidOf('content')}\n`);
process.once('SIGTERM', () => void supervisor.stop().then(() => process.exit(0)));
