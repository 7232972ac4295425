/**
 * Generates the resolver types of every subgraph from its SDL, so that a resolver that does not fit the schema
 * does not compile. The types are checked in: a reviewer sees what a schema change does to the code, and
 * nothing has to run before an editor understands a fresh clone.
 *
 *   node schema/codegen.ts            writes subgraphs/<name>/src/__generated__/resolvers-types.ts
 *   node schema/codegen.ts --check    writes nothing; exits 1 and names the files that are out of date
 *
 * A subgraph opts in with a `codegen.json` beside its package.json:
 *
 *   { "contextType": "../context.ts#ContentContext", "mappers": { "Title": "../mappers.ts#TitleModel" } }
 *
 * Paths are seen from the generated file.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repositorySubgraphs } from './commands/composed-subgraphs.ts';
import { assertReadable, CompositionFailed } from './composition.ts';
import { GoldenFiles } from './golden-files.ts';
import { repositoryRoot, subgraphFolders } from './repository.ts';
import { resolverTypes } from './resolver-types.ts';

const files = new GoldenFiles(repositoryRoot, { check: process.argv.includes('--check') });
try {
  // The generator reads a subgraph's files as one text, and could not say in which of them it stopped.
  assertReadable(repositorySubgraphs());
  for (const folder of subgraphFolders()) {
    if (!existsSync(join(folder, 'codegen.json'))) continue;
    const target = join(folder, 'src/__generated__/resolvers-types.ts');
    files.put(relative(repositoryRoot, target), await resolverTypes(folder, target));
  }
  process.exitCode = files.report('npm run codegen');
} catch (error) {
  if (!(error instanceof CompositionFailed)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
