/** `npm run operations`: what clients do with the registry of trusted documents. */
import { readFile } from 'node:fs/promises';
import { systemClock } from '@marquee/domain';
import { MarqueeError, parseConfig } from '@marquee/service-kit';
import { z } from 'zod';
import { runLineCommand } from '../command-lines/line-command.ts';
import { parseContracts } from '../contracts/contract-filter.ts';
import { partnerFolder } from '../partners/partner-book.ts';
import { PARTNER_VARIABLES } from '../partners/variables.ts';
import { readContracts, readSupergraph } from '../shipped-schema.ts';
import { runOperations } from './operations-commands.ts';
import { DOCUMENT_VARIABLES } from './variables.ts';

const HELP = `npm run operations -- <command>: the registry of trusted documents

  publish <manifest>    register a client build's operations; formats: Apollo, Relay, id → document
      --client <name>     the partner or application they are for; * for everybody (required)
      --version <text>    of that build (required)
      --supergraph <file> validate against this supergraph instead of schema/supergraph.graphql
      --contract <name>   validate against this variant of it (default: the one that the partner of this name has)
      --contracts <file>  where the variants are defined (default schema/contracts/contracts.json)
      --partners <folder> (MARQUEE_PARTNERS, default .marquee/partners)
  list                  every operation with its clients, versions and how often it ran
      --client <name>     only this client's
      --json              for programs
  usage                 who uses what, for schema checks: npm run -s operations -- usage > usage.json,
                        then npm run schema -- check --usage usage.json
  show <id or name>     the operation with its text; every one of that name, or whose id begins so
  deprecate <id or name>  one operation: where several have the name, its id
      --sunset <date>     after which it may not be answered any more, e.g. 2026-12-31
      --reason <text>
      --link <url>        where a person reads about it
  retire <id or name>   answer 410 from now on; one operation, as for deprecate
      --reason <text>
  history               the revisions that are kept
  rollback <revision>   put an earlier revision in force again, as a new one

  --registry <folder>   (MARQUEE_OPERATIONS_REGISTRY, default .marquee/operations)
  --help                this text

Everything is in files; gateways that follow the folder take changes up within two seconds.
`;

await runLineCommand({
  help: HELP,
  texts: [
    'client',
    'version',
    'supergraph',
    'contract',
    'contracts',
    'partners',
    'sunset',
    'reason',
    'link',
    'registry',
  ],
  switches: ['json'],
  run({ flags: { registry, supergraph, contracts, partners, ...flags }, ...invocation }) {
    const { MARQUEE_OPERATIONS_REGISTRY, MARQUEE_PARTNERS } = parseConfig(
      z.object({ ...DOCUMENT_VARIABLES, ...PARTNER_VARIABLES }),
      process.env,
    );
    return runOperations({
      ...invocation,
      flags,
      registry: registry ?? MARQUEE_OPERATIONS_REGISTRY ?? '.marquee/operations',
      readFile: textOf,
      readSupergraph: () => (supergraph === undefined ? readSupergraph() : textOf(supergraph)),
      readContracts: async () =>
        contracts === undefined ? readContracts() : parseContracts(contracts, await textOf(contracts)),
      async contractOf(client) {
        const book = await partnerFolder(partners ?? MARQUEE_PARTNERS ?? '.marquee/partners').latest();
        return book.value.find(({ name }) => name === client)?.contract;
      },
      clock: systemClock,
    });
  },
});

/** @throws MarqueeError BAD_USER_INPUT */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new MarqueeError('BAD_USER_INPUT', { message: `${path}: ${why}`, cause });
  }
}
