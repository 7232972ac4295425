/** `schema compose` and `schema check`: what follows from the subgraphs' SDL, written or held against what is committed. */
import { existsSync } from 'node:fs';
import { validate } from 'graphql';
import { CompositionFailed, composeSupergraph } from '../composition.ts';
import { contractApis } from '../contracts.ts';
import { GoldenFiles } from '../golden-files.ts';
import { operationsInUse } from '../operations-in-use.ts';
import { queryPlans } from '../query-plans.ts';
import { repositoryRoot } from '../repository.ts';
import { readTrustedDocuments, validateTrustedDocuments } from '../trusted-documents.ts';
import { type Command, type CommandContext, readArguments } from './command.ts';
import { lintLines, lintRepository, repositorySubgraphs } from './composed-subgraphs.ts';
import { findingLines } from './findings.ts';
import { judgedChanges } from './judged-changes.ts';
import { apiSchemaOf, COMMITTED_SUPERGRAPH, readText } from './supergraph-text.ts';

export const composeCommand: Command = {
  name: 'compose',
  summary: 'composes the subgraphs and writes supergraph, API schema and plans',
  help: `npm run schema -- compose

Composes the SDL in subgraphs/*/src/modules and writes schema/subgraphs/<name>.graphql, supergraph.graphql, api.graphql
and plans/. Breaking changes are listed with the operations they break, and accepted: the diff of api.graphql is what a
reviewer approves. So are lint findings, until \`check\`. Errors of composition are listed with code, subgraph, file and line; \`explain <code>\` says more.

  --usage <file>    recorded usage (see schema/README.md): names the clients too

Exit code 1 when composition fails or a trusted document is not valid any more.`,
  run: (argv, context) => compose(argv, context, false),
};

export const checkCommand: Command = {
  name: 'check',
  summary: 'fails when a change breaks clients or rules, or a generated file is out of date',
  help: `npm run schema -- check

As \`compose\`, but writes nothing.

  --usage <file>    recorded usage (see schema/README.md): names the clients too

Exit code 1 when a file is out of date, when composition fails, when there are lint findings (\`lint --help\`), when an
operation that was recorded would be refused, or when a change against the committed supergraph breaks clients.`,
  run: (argv, context) => compose(argv, context, true),
};

async function compose(argv: readonly string[], { print }: CommandContext, check: boolean): Promise<0 | 1> {
  const { values } = readArguments(argv, { usage: 'string' });
  const subgraphs = repositorySubgraphs();
  try {
    const { findings } = lintRepository(subgraphs);
    for (const line of lintLines(findings)) print(line);
    const { supergraphSdl, apiSdl, hints } = composeSupergraph(subgraphs);
    for (const hint of hints) print(`hint: ${hint}`);

    const committed = committedSupergraph(print);
    const changes = committed === undefined ? [] : judgedChanges(committed, supergraphSdl, values.usage);
    const broken = changes.filter(({ criticality }) => criticality === 'breaking');
    if (broken.length > 0) for (const line of findingLines(broken)) print(line);

    const documents = readTrustedDocuments();
    // As the gateway serves it: clients may defer fragments.
    const api = apiSchemaOf(supergraphSdl);
    const invalid = validateTrustedDocuments(api, documents);
    for (const { name, message } of invalid) print(`trusted document ${name}: ${message}`);
    const denied = operationsInUse(values.usage)
      .filter(({ name }) => !documents.some((document) => document.name === name))
      .flatMap(({ name, document, clients = [] }) =>
        validate(api, document, undefined, { maxErrors: 1 }).map(
          ({ message }) => `recorded operation ${name} (sent by ${clients.join(', ')}): ${message}`,
        ),
      );
    for (const line of denied) print(line);

    const files = new GoldenFiles(repositoryRoot, { check, print });
    for (const { name, sdl } of subgraphs) files.put(`schema/subgraphs/${name}.graphql`, sdl);
    files.put('schema/supergraph.graphql', supergraphSdl);
    files.put('schema/api.graphql', apiSdl);
    for (const { name, sdl } of contractApis(supergraphSdl))
      files.put(`schema/contracts/${name}.graphql`, sdl);
    for (const { name, plan } of invalid.length === 0 ? queryPlans(supergraphSdl, documents) : []) {
      files.put(`schema/plans/${name}.txt`, plan);
    }
    for (const folder of ['subgraphs', 'contracts']) files.sweep(`schema/${folder}`, '.graphql');
    if (invalid.length === 0) files.sweep('schema/plans', '.txt');
    const outdated = files.report('npm run schema:compose');
    const refused = check && (broken.length > 0 || denied.length > 0 || findings.length > 0);
    return outdated === 1 || invalid.length > 0 || refused ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CompositionFailed)) throw error;
    print(error.message);
    return 1;
  }
}

/** Undefined where there is none to compare with: composing is also what mends a file that a merge has left in pieces. */
function committedSupergraph(print: (line: string) => void): string | undefined {
  if (!existsSync(COMMITTED_SUPERGRAPH)) return undefined;
  const text = readText(COMMITTED_SUPERGRAPH);
  try {
    apiSchemaOf(text, 'schema/supergraph.graphql');
    return text;
  } catch (error) {
    print(`nothing is compared: ${(error as Error).message}`);
    return undefined;
  }
}
