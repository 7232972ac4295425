/** `npm start`: arguments → configuration → data directory → world → components → shutdown → listen. */

import { enableCompileCache } from 'node:module';
import { runProcess } from '@marquee/service-kit';
import { HELP, parseStartArguments } from './cli/arguments.ts';

await runProcess(async (signal) => {
  const args = parseStartArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  // Most of a start is reading our own code and the libraries'; whoever starts again need not wait for it twice.
  enableCompileCache();
  const { start } = await import('./commands/start.ts');
  await start(args, process.env, signal);
});
