/** Every worker killed many times under load, and every event counted afterwards. */
import { runProcess } from '@marquee/service-kit';
import { HELP, parseCrashArguments } from './crashes/arguments.ts';

await runProcess(async (signal) => {
  const args = parseCrashArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  // Loaded only when there is something to do.
  const { runCrashes } = await import('./crashes/run.ts');
  process.exitCode = await runCrashes(args, signal);
});
