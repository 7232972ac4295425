/**
 * Composes the supergraph from the SDL in the subgraphs' modules and guards what clients were promised.
 *
 *   node schema/compose.ts            writes subgraphs/<name>.graphql, supergraph.graphql, api.graphql and plans/
 *   node schema/compose.ts --check    writes nothing; exits 1 when a file is out of date or a change against
 *                                     the committed API schema breaks clients
 *
 * Breaking changes are printed together with the trusted documents they break. Writing accepts them: the
 * committed `api.graphql` is then the new promise, and its diff is what a reviewer approves.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSchema } from 'graphql';
import { breakingChanges } from './breaking-changes.ts';
import { CompositionFailed, composeSupergraph } from './composition.ts';
import { GoldenFiles } from './golden-files.ts';
import { queryPlans } from './query-plans.ts';
import { repositoryRoot, subgraphFolders } from './repository.ts';
import { readSubgraphSdl } from './subgraph-sdl.ts';
import { readTrustedDocuments, validateTrustedDocuments } from './trusted-documents.ts';

const check = process.argv.includes('--check');
const subgraphs = subgraphFolders().map((folder) => ({
  name: basename(folder),
  sdl: readSubgraphSdl(folder),
}));

try {
  const { supergraphSdl, apiSdl, hints } = composeSupergraph(subgraphs);
  for (const hint of hints) console.log(`hint: ${hint}`);

  const documents = readTrustedDocuments();
  const apiFile = join(repositoryRoot, 'schema/api.graphql');
  const broken = existsSync(apiFile)
    ? breakingChanges(buildSchema(readFileSync(apiFile, 'utf8')), buildSchema(apiSdl), documents)
    : [];
  for (const change of broken) {
    console.log(`breaking: ${change.description}`);
    console.log(
      change.operations.length > 0
        ? `    breaks ${change.operations.join(', ')}`
        : '    breaks no trusted document; other clients may use it',
    );
  }

  const invalid = validateTrustedDocuments(buildSchema(apiSdl), documents);
  for (const { name, message } of invalid) console.log(`trusted document ${name}: ${message}`);

  const files = new GoldenFiles(repositoryRoot, { check });
  for (const { name, sdl } of subgraphs) files.put(`schema/subgraphs/${name}.graphql`, sdl);
  files.put('schema/supergraph.graphql', supergraphSdl);
  files.put('schema/api.graphql', apiSdl);
  for (const { name, plan } of invalid.length === 0 ? queryPlans(supergraphSdl, documents) : []) {
    files.put(`schema/plans/${name}.txt`, plan);
  }
  const outdated = files.report('npm run schema:compose');
  process.exitCode = outdated === 1 || invalid.length > 0 || (check && broken.length > 0) ? 1 : 0;
} catch (error) {
  if (!(error instanceof CompositionFailed)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
