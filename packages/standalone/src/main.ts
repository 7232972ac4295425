/** `npm start`: arguments → configuration → data directory → world → components → shutdown → listen. */
import { HELP, parseStartArguments } from './cli/arguments.ts';
import { runProcess } from './cli/run-process.ts';
import { start } from './commands/start.ts';

await runProcess(async (signal) => {
  const args = parseStartArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  await start(args, process.env, signal);
});
