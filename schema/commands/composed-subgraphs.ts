/** The subgraphs of this repository, as composition and lint read them. */
import { basename } from 'node:path';
import { assertReadable, type SubgraphSdl } from '../composition.ts';
import { readContracts } from '../contracts.ts';
import { type LintFinding, lint } from '../lint/lint.ts';
import { readLintConfiguration } from '../lint/lint-configuration.ts';
import { readOwners } from '../owners/owners-file.ts';
import { subgraphFolders } from '../repository.ts';
import { readSubgraphFiles, readSubgraphSdl } from '../subgraph-sdl.ts';

export function repositorySubgraphs(): readonly Required<SubgraphSdl>[] {
  return subgraphFolders().map((folder) => ({
    name: basename(folder),
    sdl: readSubgraphSdl(folder),
    files: readSubgraphFiles(folder),
  }));
}

/** @throws CompositionFailed for SDL that does not parse. */
export function lintRepository(subgraphs: readonly SubgraphSdl[] = repositorySubgraphs()): {
  readonly subgraphs: readonly string[];
  readonly findings: readonly LintFinding[];
} {
  assertReadable(subgraphs);
  const findings = lint({
    subgraphs,
    contracts: readContracts(),
    owners: readOwners(),
    configuration: readLintConfiguration(),
  });
  return { subgraphs: subgraphs.map(({ name }) => name), findings };
}

/** One line for each, one more with the way out. */
export function lintLines(findings: readonly LintFinding[]): readonly string[] {
  return findings.flatMap(({ rule, subgraph, coordinate, file, line, message, hint, owner }) => [
    `${file}:${line}: ${coordinate} ${message} [${rule}${subgraph === '' ? '' : `, ${subgraph}`}]`,
    `    ${hint}${owner === undefined ? '' : `; ask team ${owner}`}`,
  ]);
}
