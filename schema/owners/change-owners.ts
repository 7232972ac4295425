/** Whom to ask about a change: the team that owns what changed, as it was before or as it is after. */
import { COMMITTED_SUPERGRAPH, readText } from '../commands/supergraph-text.ts';
import type { SchemaChange } from '../schema-changes.ts';
import { readOwners } from './owners-file.ts';
import { type Ownership, ownership } from './ownership.ts';
import { membersOfSupergraph } from './subgraph-members.ts';

export interface OwnedChange extends SchemaChange {
  /** Absent where nobody's team is known. */
  readonly owner?: string;
}

/** @param texts supergraphs; of an API schema nothing can be told, and the committed supergraph is asked last. */
export function ownerships(texts: readonly string[]): readonly Ownership[] {
  const file = readOwners();
  const seen = new Set([...texts, readText(COMMITTED_SUPERGRAPH)]);
  return [...seen].map((sdl) => ownership(file, membersOfSupergraph(sdl)));
}

export function withOwners(
  changes: readonly SchemaChange[],
  owners: readonly Ownership[],
): readonly OwnedChange[] {
  return changes.map((change) => {
    const coordinate = coordinateOf(change.description);
    // What is gone is not the type's owner's, but whose it was: that stands in the graph that had it.
    const asked = [...owners.filter((each) => each.knows(coordinate)), ...owners];
    const owner = asked.map((each) => each.ownerOf(coordinate)).find((team) => team !== undefined);
    return owner === undefined ? change : { ...change, owner };
  });
}

/** graphql-js describes a change in words only; which parts of the graph they name is all there is to go by. */
export function coordinateOf(description: string): string {
  const member = /\b[A-Za-z_]\w*\.[A-Za-z_]\w*/.exec(description)?.[0];
  const container = /(?:union|enum|input) type (\w+)/.exec(description)?.[1];
  const interfaces = /interfaces implemented by (\w+)/.exec(description)?.[1];
  if (member !== undefined) return member;
  if (container === undefined) return interfaces ?? /\w+/.exec(description)?.[0] ?? '';
  const part = /(?:field )?(\w+) (?:on|was (?:added to|removed from)) (?:union|enum|input) type/.exec(
    description,
  )?.[1];
  return part === undefined ? container : `${container}.${part}`;
}
