/** One subcommand of `npm run schema`. */
import { MarqueeError, parseCommandLine } from '@marquee/service-kit';

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
  const options = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  const { values, positionals } = parseCommandLine({ args: [...argv], options, allowPositionals: true });
  if (positionals.length > maxPositionals) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `Unexpected argument '${positionals[maxPositionals]}'; see --help`,
    );
  }
  return { values: values as Values<O>, positionals };
}
