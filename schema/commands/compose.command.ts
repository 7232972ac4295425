/** `schema compose` and `schema check`: what follows from the subgraphs' SDL, written or held against what is committed. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSchema, extendSchema, parse } from 'graphql';
import { CompositionFailed, composeSupergraph } from '../composition.ts';
import { contractApis } from '../contracts.ts';
import { GoldenFiles } from '../golden-files.ts';
import { queryPlans } from '../query-plans.ts';
import { repositoryRoot, subgraphFolders } from '../repository.ts';
import { schemaChanges } from '../schema-changes.ts';
import { readSubgraphFiles, readSubgraphSdl } from '../subgraph-sdl.ts';
import { readTrustedDocuments, validateTrustedDocuments } from '../trusted-documents.ts';
import { type Command, type CommandContext, readArguments } from './command.ts';
import { findingLines } from './findings.ts';
import { operationsInUse } from './supergraph-text.ts';

const DEFER = parse(
  'directive @defer(label: String, if: Boolean! = true) on FRAGMENT_SPREAD | INLINE_FRAGMENT',
);

export const composeCommand: Command = {
  name: 'compose',
  summary: 'composes the subgraphs and writes supergraph, API schema and plans',
  help: `npm run schema -- compose

Composes the SDL in subgraphs/*/src/modules and writes schema/subgraphs/<name>.graphql, supergraph.graphql, api.graphql
and plans/. Breaking changes are listed with the operations they break, and accepted: the diff of api.graphql is what a
reviewer approves. Errors of composition are listed with code, subgraph, file and line; \`explain <code>\` says more.

  --usage <file>    recorded usage (see schema/README.md): names the clients too

Exit code 1 when composition fails or a trusted document is not valid any more.`,
  run: (argv, context) => compose(argv, context, false),
};

export const checkCommand: Command = {
  name: 'check',
  summary: 'fails when a change breaks clients or a generated file is out of date',
  help: `npm run schema -- check

As \`compose\`, but writes nothing.

  --usage <file>    recorded usage (see schema/README.md): names the clients too

Exit code 1 when a file is out of date, when composition fails, or when a change against the committed API schema breaks
clients.`,
  run: (argv, context) => compose(argv, context, true),
};

async function compose(argv: readonly string[], { print }: CommandContext, check: boolean): Promise<0 | 1> {
  const { values } = readArguments(argv, { usage: 'string' });
  const subgraphs = subgraphFolders().map((folder) => ({
    name: basename(folder),
    sdl: readSubgraphSdl(folder),
    files: readSubgraphFiles(folder),
  }));
  try {
    const { supergraphSdl, apiSdl, hints } = composeSupergraph(subgraphs);
    for (const hint of hints) print(`hint: ${hint}`);

    const apiFile = join(repositoryRoot, 'schema/api.graphql');
    // As the gateway serves it: clients may defer fragments.
    const api = extendSchema(buildSchema(apiSdl), DEFER);
    const changes = existsSync(apiFile)
      ? schemaChanges(
          extendSchema(buildSchema(readFileSync(apiFile, 'utf8')), DEFER),
          api,
          operationsInUse(values.usage),
        )
      : [];
    const broken = changes.filter(({ criticality }) => criticality === 'breaking');
    if (broken.length > 0) for (const line of findingLines(broken)) print(line);

    const documents = readTrustedDocuments();
    const invalid = validateTrustedDocuments(api, documents);
    for (const { name, message } of invalid) print(`trusted document ${name}: ${message}`);

    const files = new GoldenFiles(repositoryRoot, { check, print });
    for (const { name, sdl } of subgraphs) files.put(`schema/subgraphs/${name}.graphql`, sdl);
    files.put('schema/supergraph.graphql', supergraphSdl);
    files.put('schema/api.graphql', apiSdl);
    for (const { name, sdl } of contractApis(supergraphSdl))
      files.put(`schema/contracts/${name}.graphql`, sdl);
    for (const { name, plan } of invalid.length === 0 ? queryPlans(supergraphSdl, documents) : []) {
      files.put(`schema/plans/${name}.txt`, plan);
    }
    const outdated = files.report('npm run schema:compose');
    return outdated === 1 || invalid.length > 0 || (check && broken.length > 0) ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CompositionFailed)) throw error;
    print(error.message);
    return 1;
  }
}
