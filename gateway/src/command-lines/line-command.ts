/**
 * A command of several words that prints lines: `npm run partners -- issue acme --environment production`. Its flags are
 * listed once; what they mean is the command's affair.
 */
import { parseCommandLine, runProcess } from '@marquee/service-kit';

export interface Invocation<Text extends string, Switch extends string> {
  /** The first word. */
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: Readonly<Partial<Record<Text, string | undefined>>> &
    Readonly<Partial<Record<Switch, boolean | undefined>>>;
}

export interface LineCommand<Text extends string, Switch extends string> {
  /** Printed for `--help`, `-h`, and where no word is given. */
  readonly help: string;
  /** Flags with a value. */
  readonly texts: readonly Text[];
  /** Flags without one. */
  readonly switches: readonly Switch[];
  /** @returns what to print. @throws MarqueeError in words for the person at the keyboard. */
  run(invocation: Invocation<Text, Switch>): Promise<readonly string[]>;
}

/** Reads the process' arguments, runs, prints and sets the exit code. */
export function runLineCommand<Text extends string, Switch extends string>(
  { help, texts, switches, run }: LineCommand<Text, Switch>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  return runProcess(async () => {
    const { values, positionals } = parseCommandLine({
      args: [...argv],
      allowPositionals: true,
      strict: true,
      options: {
        ...Object.fromEntries(texts.map((name) => [name, { type: 'string' as const }])),
        ...Object.fromEntries(switches.map((name) => [name, { type: 'boolean' as const }])),
        help: { type: 'boolean' as const, short: 'h' },
      },
    });
    const [command, ...args] = positionals;
    const isHelp = (values as { help?: boolean }).help === true || command === undefined;
    const flags = values as Invocation<Text, Switch>['flags'];
    const text = isHelp ? help : `${(await run({ command, args, flags })).join('\n')}\n`;
    process.stdout.write(text);
  });
}
