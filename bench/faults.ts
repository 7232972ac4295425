/** What Marquee promises when parts of it are killed, frozen or away, measured on the real processes. */
import { type FaultsArguments, HELP, parseFaultsArguments } from './faults/arguments.ts';
import { chosenFaults, type Fault, possibleFaults } from './faults/fault.ts';

interface Asked {
  readonly args: FaultsArguments;
  readonly faults: readonly Fault[];
}

/** Undefined for a command line that makes no sense; what is wrong with it has been said then. */
async function asked(argv: readonly string[]): Promise<Asked | undefined> {
  try {
    const args = parseFaultsArguments(argv);
    return { args, faults: chosenFaults(await possibleFaults(args.copies), args.faults) };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    return undefined;
  }
}

async function main({ args, faults }: Asked): Promise<number> {
  if (args.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (args.list) {
    for (const { name } of faults) console.log(name);
    return 0;
  }
  // Loaded only when there is something to do: naming the faults takes no platform.
  const { runFaults } = await import('./faults/run.ts');
  return runFaults(args, faults);
}

const what = await asked(process.argv.slice(2));
process.exitCode = what === undefined ? 2 : await main(what);
