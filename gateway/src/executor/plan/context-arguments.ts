/**
 * Arguments that a subgraph takes from what stands above an object (`@fromContext`). The plan says for each where its
 * value is, seen from the object: so many objects up, of one of these types, this field. Objects with the same values
 * are asked about together.
 */
import type { FetchDataRewrite } from '@apollo/query-planner';
import type { TypeRelations } from '../supergraph/type-relations.ts';
import { type Data, isData, own } from './data.ts';

/** Objects that one question is about. */
export interface ContextGroup {
  readonly targets: readonly Data[];
  /** By variable; what was not found is left out. */
  readonly values: Data;
}

export interface ContextArguments {
  /** Variables of the operation that have their values from here. */
  readonly variables: ReadonlySet<string>;
  groups(root: Data, path: readonly string[]): readonly ContextGroup[];
}

const UP = '..';
const FRAGMENT = '... on ';

export function compileContextArguments(
  rewrites: readonly FetchDataRewrite[] | undefined,
  types: TypeRelations,
): ContextArguments | undefined {
  const sources = (rewrites ?? []).flatMap((rewrite) =>
    rewrite.kind === 'KeyRenamer'
      ? [{ variable: rewrite.renameKeyTo, find: finder(rewrite.path, types) }]
      : [],
  );
  if (sources.length === 0) return undefined;
  return {
    variables: new Set(sources.map(({ variable }) => variable)),
    groups(root, path) {
      const groups = new Map<string, { readonly targets: Data[]; readonly values: Data }>();
      eachTarget(root, path, (target, above) => {
        const values: Data = {};
        for (const { variable, find } of sources) {
          const value = find(target, above);
          if (value !== undefined) values[variable] = value;
        }
        const key = JSON.stringify(sources.map(({ variable }) => values[variable] ?? null));
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { targets: [target], values });
        else group.targets.push(target);
      });
      return [...groups.values()];
    },
  };
}

/** @param above the objects over the target, the root first. */
type Find = (target: Data, above: readonly Data[]) => unknown;

function finder(path: readonly string[], types: TypeRelations): Find {
  const levels = path.filter((step) => step === UP).length;
  const steps = path.filter((step) => step !== UP);
  return (target, above) => {
    let at: unknown = levels === 0 ? target : above[above.length - levels];
    for (const step of steps) {
      if (!isData(at)) return undefined;
      if (!step.startsWith(FRAGMENT)) at = own(at, step);
      else if (at.__typename && !types.isSubtype(String(at.__typename), step.slice(FRAGMENT.length))) {
        return undefined;
      }
    }
    return at;
  };
}

function eachTarget(
  root: Data,
  path: readonly string[],
  act: (target: Data, above: readonly Data[]) => void,
): void {
  const walk = (value: unknown, index: number, above: readonly Data[]): void => {
    const step = path[index];
    if (step === '@') {
      if (Array.isArray(value)) for (const item of value) walk(item, index + 1, above);
    } else if (isData(value)) {
      if (step === undefined) act(value, above);
      else walk(own(value, step), index + 1, [...above, value]);
    }
  };
  walk(root, 0, []);
}
