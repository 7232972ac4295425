/** Reads a subgraph's SDL the way the subgraph itself does, so that what is composed is what is served. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadTypeDefs } from '@marquee/service-kit/subgraph';
import { repositoryRoot } from './repository.ts';

export interface SdlFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** All `src/modules/**\/*.graphql` of one subgraph as one document, in path order. */
export function readSubgraphSdl(folder: string): string {
  return loadTypeDefs(join(folder, 'src/modules'));
}

/** The same, file by file, so that a problem can be shown where somebody can mend it. */
export function readSubgraphFiles(folder: string): readonly SdlFile[] {
  const modules = join(folder, 'src/modules');
  return readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => ({
      path: relative(repositoryRoot, join(modules, file)).replaceAll('\\', '/'),
      text: readFileSync(join(modules, file), 'utf8'),
    }));
}
