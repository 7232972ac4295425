/** How soon what happens shows: events in features and on pages, titles in the catalogue's every use. One table. */
import { runProcess } from '@marquee/service-kit';
import { HELP, parseFreshnessArguments } from './freshness/arguments.ts';

await runProcess(async (signal) => {
  const args = parseFreshnessArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  const { runFreshness } = await import('./freshness/run.ts');
  process.exitCode = await runFreshness(args, signal);
});
