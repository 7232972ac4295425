/** `npm start`: arguments → configuration → data directory → world → components → shutdown → listen. */

import { runProcess } from '@marquee/service-kit';
import { HELP, parseStartArguments } from './cli/arguments.ts';
import { start } from './commands/start.ts';

await runProcess(async (signal) => {
  const args = parseStartArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  await start(args, process.env, signal);
});
