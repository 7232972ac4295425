/** `npm run schema -- <command>`: the life of the supergraph, from the subgraphs' SDL to the gateways that serve it. */
import { isMarqueeError } from '@marquee/service-kit';
import { runSchemaCommand } from './commands/run-schema-command.ts';

try {
  process.exitCode = await runSchemaCommand(process.argv.slice(2), {
    print: (line) => console.log(line),
    environment: process.env,
    now: () => new Date(),
  });
} catch (error) {
  if (!isMarqueeError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
