/** Begins a process and has it rest for ever: to be killed. The other one writes a file when it hears of that. */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { restWhereBusy } from '../child/spare-time.ts';

const heard = process.argv[2] as string;
if (process.send === undefined) {
  const child = fork(fileURLToPath(import.meta.url), [heard], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.once('message', () => {
    let all = 0;
    restWhereBusy(child, {
      everyMs: 5,
      processorTime: async () => {
        all += 100;
        return { busy: all, all };
      },
    });
    process.stdout.write(`${child.pid}\n`);
    setInterval(() => undefined, 1_000);
  });
} else {
  process.once('disconnect', () => {
    writeFileSync(heard, '');
    process.exit();
  });
  process.send('here');
}
