/** What a lint rule gets and gives. One file per rule, listed in `rules.ts`. */
import type { ASTNode } from 'graphql';
import type { ContractFilter } from '../../gateway/src/contracts/contract-filter.ts';
import type { Ownership } from '../owners/ownership.ts';
import type { LintedSubgraph } from './linted-graph.ts';

export interface LintedGraph {
  readonly subgraphs: readonly LintedSubgraph[];
  readonly contracts: readonly ContractFilter[];
  readonly ownership: Ownership;
}

export interface Complaint {
  /** `Type`, `Type.field`, `Type.field(argument:)` or `Enum.VALUE`. */
  readonly coordinate: string;
  /** Where. */
  readonly node: ASTNode;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

export interface LintRule {
  readonly name: string;
  /** One line: what holds, and why. */
  readonly summary: string;
  check(subgraph: LintedSubgraph, graph: LintedGraph): Iterable<Complaint>;
}
