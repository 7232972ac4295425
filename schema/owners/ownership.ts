/**
 * Which team answers for a part of the graph. Follows from whose subgraph has it; where several teams' subgraphs do,
 * the file says whose it is, and what it says of a type holds for those of its fields that they share.
 */
import type { OwnersFile } from './owners-file.ts';

/** By coordinate (`Type`, `Type.field`, `Enum.VALUE`) the subgraphs that have it. */
export type Members = ReadonlyMap<string, ReadonlySet<string>>;

export interface Ownership {
  /** @param coordinate arguments count to their field. @returns the team; undefined where there is none or several. */
  ownerOf(coordinate: string): string | undefined;
  /** Whether the graph has it, or the file says whose it is. */
  knows(coordinate: string): boolean;
  /** Teams whose subgraphs have it, sorted. */
  candidates(coordinate: string): readonly string[];
  teamOfSubgraph(subgraph: string): string | undefined;
  contactOf(team: string): string | undefined;
  /** Entries of the file that are about nothing in the graph. */
  readonly problems: readonly { readonly coordinate: string; readonly message: string }[];
}

export function ownership(file: OwnersFile, members: Members): Ownership {
  const teams = Object.entries(file.teams);
  const teamOf = new Map(
    teams.flatMap(([team, { subgraphs }]) => subgraphs.map((name) => [name, team] as const)),
  );
  const owned = new Map(Object.entries(file.owned));

  function candidates(coordinate: string): readonly string[] {
    const names = [...(members.get(coordinate) ?? [])].flatMap((subgraph) => teamOf.get(subgraph) ?? []);
    return [...new Set(names)].sort();
  }

  const subgraphs = new Set([...members.values()].flatMap((names) => [...names]));
  return {
    ownerOf(asked) {
      const coordinate = asked.replace(/\(.*$/, '');
      const explicit = owned.get(coordinate);
      if (explicit !== undefined) return explicit;
      const [team, ...others] = candidates(coordinate);
      if (team !== undefined && others.length === 0) return team;
      const dot = coordinate.indexOf('.');
      return dot < 0 ? undefined : owned.get(coordinate.slice(0, dot));
    },
    knows: (asked) => {
      const coordinate = asked.replace(/\(.*$/, '');
      return owned.has(coordinate) || members.has(coordinate);
    },
    candidates,
    teamOfSubgraph: (subgraph) => teamOf.get(subgraph),
    contactOf: (team) => file.teams[team]?.contact,
    problems: [
      ...[...owned.keys()]
        .filter((coordinate) => !members.has(coordinate))
        .map((coordinate) => ({ coordinate, message: 'is owned and is not in the graph' })),
      ...[...teamOf]
        .filter(([subgraph]) => !subgraphs.has(subgraph))
        .map(([subgraph, team]) => ({
          coordinate: subgraph,
          message: `is a subgraph of ${team} and is not in the graph`,
        })),
    ],
  };
}
