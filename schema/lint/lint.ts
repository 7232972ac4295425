/** Runs the lint rules over the subgraphs' SDL. */
import type { ASTNode } from 'graphql';
import type { ContractFilter } from '../../gateway/src/contracts/contract-filter.ts';
import type { SubgraphSdl } from '../composition.ts';
import type { OwnersFile } from '../owners/owners-file.ts';
import { ownership } from '../owners/ownership.ts';
import { membersOfSubgraphs } from '../owners/subgraph-members.ts';
import { LINT_CONFIGURATION, type LintConfiguration } from './lint-configuration.ts';
import { lintedSubgraph } from './linted-graph.ts';
import type { LintedGraph } from './rule.ts';
import { LINT_RULES } from './rules.ts';

export interface LintFinding {
  readonly rule: string;
  /** Empty where it is about a file of this folder. */
  readonly subgraph: string;
  readonly coordinate: string;
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
  readonly hint: string;
  /** The team to ask, where one is known. */
  readonly owner: string | undefined;
}

export interface LintInput {
  readonly subgraphs: readonly SubgraphSdl[];
  readonly contracts: readonly ContractFilter[];
  readonly owners: OwnersFile;
  readonly configuration: LintConfiguration;
}

/** By subgraph, file and line. An exception that excuses nothing any more is a finding, too. */
export function lint({ subgraphs, contracts, owners, configuration }: LintInput): readonly LintFinding[] {
  const linted = subgraphs.map(lintedSubgraph);
  const owned = ownership(owners, membersOfSubgraphs(linted));
  const graph: LintedGraph = { subgraphs: linted, contracts, ownership: owned };
  const findings = linted.flatMap((subgraph) =>
    LINT_RULES.flatMap((rule) =>
      [...rule.check(subgraph, graph)].map(({ coordinate, node, message, hint }): LintFinding => {
        const owner = owned.ownerOf(coordinate) ?? owned.teamOfSubgraph(subgraph.name);
        return {
          rule: rule.name,
          subgraph: subgraph.name,
          coordinate,
          ...placeOf(node),
          message,
          hint,
          owner,
        };
      }),
    ),
  );
  const used = new Set<string>();
  const left = findings.filter(({ rule, coordinate }) => {
    const excused = configuration.exceptions.some(
      (exception, index) =>
        exception.rule === rule &&
        (exception.coordinates === undefined || exception.coordinates.includes(coordinate)) &&
        used.add(`${index} ${exception.coordinates === undefined ? '' : coordinate}`),
    );
    return !excused;
  });
  return [...left.sort(byPlace), ...staleExceptions(configuration, used), ...ownerProblems(owned.problems)];
}

function staleExceptions(
  { exceptions }: LintConfiguration,
  used: ReadonlySet<string>,
): readonly LintFinding[] {
  return exceptions.flatMap(({ rule, coordinates = [''] }, index) =>
    coordinates
      .filter((coordinate) => !used.has(`${index} ${coordinate}`))
      .map((coordinate) => ({
        rule: 'needed-exceptions',
        subgraph: '',
        coordinate: coordinate === '' ? rule : coordinate,
        file: LINT_CONFIGURATION,
        line: 1,
        message: `is excused from ${rule} and has nothing to be excused for`,
        hint: 'take the exception out',
        owner: undefined,
      })),
  );
}

function ownerProblems(problems: readonly { coordinate: string; message: string }[]): readonly LintFinding[] {
  return problems.map(({ coordinate, message }) => ({
    rule: 'one-owner',
    subgraph: '',
    coordinate,
    file: 'schema/owners.json',
    line: 1,
    message,
    hint: 'bring the file in line with the subgraphs',
    owner: undefined,
  }));
}

/** Where the name stands: a definition begins with its description. */
function placeOf(node: ASTNode): { readonly file: string; readonly line: number } {
  const loc = 'name' in node ? (node.name?.loc ?? node.loc) : node.loc;
  return { file: loc?.source.name ?? '', line: loc?.startToken.line ?? 1 };
}

function byPlace(a: LintFinding, b: LintFinding): number {
  return compare(a.subgraph, b.subgraph) || compare(a.file, b.file) || a.line - b.line;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
