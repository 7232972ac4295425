/** Finds the subcommand; `--help` is everybody's. */
import { MarqueeError } from '@marquee/service-kit';
import { changelogCommand } from './changelog.command.ts';
import type { Command, CommandContext } from './command.ts';
import { checkCommand, composeCommand } from './compose.command.ts';
import { diffCommand } from './diff.command.ts';
import { explainCommand } from './explain.command.ts';
import { historyCommand } from './history.command.ts';
import { lintCommand } from './lint.command.ts';
import { publishCommand } from './publish.command.ts';
import { rollbackCommand } from './rollback.command.ts';
import { variantsCommand } from './variants.command.ts';

export const SCHEMA_COMMANDS: readonly Command[] = [
  composeCommand,
  checkCommand,
  lintCommand,
  diffCommand,
  publishCommand,
  rollbackCommand,
  variantsCommand,
  historyCommand,
  changelogCommand,
  explainCommand,
];

/** @returns the exit code. @throws MarqueeError for what is wrong with the arguments or where they point. */
export async function runSchemaCommand(argv: readonly string[], context: CommandContext): Promise<0 | 1> {
  const [name, ...rest] = argv;
  const command = SCHEMA_COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    const isHelp = name === undefined || name === '--help' || name === '-h' || name === 'help';
    if (!isHelp) throw new MarqueeError('CONFIG_INVALID', `there is no command ${name}; see --help`);
    context.print('npm run schema -- <command> [options]\n');
    for (const each of SCHEMA_COMMANDS) context.print(`  ${each.name.padEnd(11)}${each.summary}`);
    context.print('\n<command> --help says more.');
    return 0;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    context.print(command.help);
    return 0;
  }
  try {
    return await command.run(rest, context);
  } catch (error) {
    // Of a file that is not where the arguments say, or not for whoever asks: its message names it.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new MarqueeError('CONFIG_INVALID', { message: error.message, cause: error });
  }
}
