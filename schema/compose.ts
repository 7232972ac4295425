/**
 * What `npm run schema:compose` and `npm run schema:check` run: the commands `compose` and, with `--check`, `check` of
 * `schema.ts`.
 */
import { runSchemaCommand } from './commands/run-schema-command.ts';

const [name, rest] = process.argv.includes('--check')
  ? ['check', process.argv.slice(2).filter((argument) => argument !== '--check')]
  : ['compose', process.argv.slice(2)];
process.exitCode = await runSchemaCommand([name as string, ...(rest as string[])], {
  print: (line) => console.log(line),
  environment: process.env,
  now: () => new Date(),
});
