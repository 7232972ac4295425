/** `npm run operations`: what clients do with the registry of trusted documents. */
import { readFile } from 'node:fs/promises';
import { systemClock } from '@marquee/domain';
import { parseCommandLine, parseConfig, runProcess } from '@marquee/service-kit';
import { z } from 'zod';
import { readSupergraph } from '../shipped-schema.ts';
import { runOperations } from './operations-commands.ts';
import { DOCUMENT_VARIABLES } from './variables.ts';

const HELP = `npm run operations -- <command>: the registry of trusted documents

  publish <manifest>    register a client build's operations; formats: Apollo, Relay, id → document
      --client <name>     the partner or application they are for; * for everybody
      --version <text>    of that build
      --supergraph <file> validate against this supergraph instead of schema/supergraph.graphql
  list                  every operation with its clients, versions and how often it ran
      --client <name>     only this client's
      --json              for programs
  usage                 who uses what, for schema checks: npm run -s operations -- usage > usage.json,
                        then npm run schema -- check --usage usage.json
  show <id or name>     one operation with its text
  deprecate <id or name>
      --sunset <date>     after which it may not be answered any more, e.g. 2026-12-31
      --reason <text>
      --link <url>        where a person reads about it
  retire <id or name>   answer 410 from now on
      --reason <text>
  history               the revisions that are kept
  rollback <revision>   put an earlier revision in force again, as a new one

  --registry <folder>   (MARQUEE_OPERATIONS_REGISTRY, default .marquee/operations)
  --help                this text

Everything is in files; gateways that follow the folder take changes up within two seconds.
`;

await runProcess(async () => {
  const { values, positionals } = parsed(process.argv.slice(2));
  if (values.help || positionals.length === 0) {
    process.stdout.write(HELP);
    return;
  }
  const [command = '', ...args] = positionals;
  const { MARQUEE_OPERATIONS_REGISTRY } = parseConfig(z.object(DOCUMENT_VARIABLES), process.env);
  const lines = await runOperations({
    command,
    args,
    flags: values,
    registry: values.registry ?? MARQUEE_OPERATIONS_REGISTRY ?? '.marquee/operations',
    readFile: (path) => readFile(path, 'utf8'),
    readSupergraph: () =>
      values.supergraph === undefined ? readSupergraph() : readFile(values.supergraph, 'utf8'),
    clock: systemClock,
  });
  process.stdout.write(`${lines.join('\n')}\n`);
});

function parsed(argv: string[]) {
  return parseCommandLine({
    args: argv,
    allowPositionals: true,
    strict: true,
    options: {
      client: { type: 'string' },
      version: { type: 'string' },
      supergraph: { type: 'string' },
      sunset: { type: 'string' },
      reason: { type: 'string' },
      link: { type: 'string' },
      registry: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}
