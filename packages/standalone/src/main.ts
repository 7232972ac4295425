/** `npm start`: arguments → configuration → data directory → world → components → shutdown → listen. */

import { keepCompiledCode, makeObjectsYoung, runProcess } from '@marquee/service-kit';
import { HELP, parseStartArguments } from './cli/arguments.ts';

await runProcess(async (signal) => {
  const args = parseStartArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  keepCompiledCode(process.env);
  makeObjectsYoung();
  const { start } = await import('./commands/start.ts');
  await start(args, process.env, signal);
});
