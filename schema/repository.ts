/** Where things are in this repository, for the scripts in this folder. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

/** Absolute folders of the subgraphs that have SDL, in order of name. */
export function subgraphFolders(): readonly string[] {
  const folder = join(repositoryRoot, 'subgraphs');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .filter(hasSdl)
    .sort();
}

function hasSdl(subgraph: string): boolean {
  const modules = join(subgraph, 'src/modules');
  return (
    existsSync(modules) &&
    readdirSync(modules, { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.graphql'))
  );
}
