/** One subcommand of `npm run schema`. */
import { parseArgs } from 'node:util';
import { MarqueeError } from '@marquee/service-kit';

export interface CommandContext {
  readonly print: (line: string) => void;
  /** Of the process; read by `installation.ts` alone. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Usage, options and exit codes. */
  readonly help: string;
  /** @returns the exit code. */
  run(argv: readonly string[], context: CommandContext): Promise<0 | 1>;
}

type OptionTypes = Readonly<Record<string, 'string' | 'boolean'>>;
type Values<O extends OptionTypes> = { [K in keyof O]?: O[K] extends 'boolean' ? boolean : string };

/** @throws MarqueeError CONFIG_INVALID for what the command does not know. */
export function readArguments<O extends OptionTypes>(
  argv: readonly string[],
  types: O,
  maxPositionals = 0,
): { readonly values: Values<O>; readonly positionals: readonly string[] } {
  try {
    const options = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    if (positionals.length > maxPositionals) {
      throw new Error(`Unexpected argument '${positionals[maxPositionals]}'`);
    }
    return { values: values as Values<O>, positionals };
  } catch (error) {
    throw new MarqueeError('CONFIG_INVALID', `${(error as Error).message} (--help shows what there is)`);
  }
}
