/** Corrections of data that the planner asks for before it is sent (type names) and after it arrived (aliases). */
import type { FetchDataRewrite } from '@apollo/query-planner';
import type { TypeRelations } from '../supergraph/type-relations.ts';
import { type Data, isData, merge, own, setOwn } from './data.ts';

export type Rewrite = (data: Data) => void;

const FRAGMENT = '... on ';

export function compileRewrites(
  rewrites: readonly FetchDataRewrite[] | undefined,
  types: TypeRelations,
): Rewrite | undefined {
  const all = (rewrites ?? []).flatMap((rewrite) => {
    const last = rewrite.path.at(-1);
    return last === undefined
      ? []
      : [atPath(rewrite.path.slice(0, -1), 0, types, change(rewrite, last, types))];
  });
  return all.length === 0
    ? undefined
    : (data) => {
        for (const apply of all) apply(data);
      };
}

function change(rewrite: FetchDataRewrite, key: string, types: TypeRelations): Rewrite {
  if (rewrite.kind === 'ValueSetter') return (data) => setOwn(data, key, rewrite.setValueTo);
  return (data) => {
    const value = own(data, key);
    if (value === undefined) return;
    setOwn(data, key, undefined);
    // One object may have it under both names, where one selection asks of its interface and another of itself: the
    // planner keeps those apart whose types could not stand in one answer. Each has a part of the same value.
    merge(data, { [rewrite.renameKeyTo]: value }, types.isObjectType);
  };
}

function atPath(
  path: readonly string[],
  index: number,
  types: TypeRelations,
  apply: Rewrite,
): (value: unknown) => void {
  const step = path[index];
  const below = step === undefined ? apply : atPath(path, index + 1, types, apply);
  const type = step?.startsWith(FRAGMENT) ? step.slice(FRAGMENT.length) : undefined;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
    } else if (isData(value)) {
      if (step === undefined) below(value);
      else if (type === undefined) below(own(value, step) as Data);
      // Without a type name there was only one type it could be.
      else if (!value.__typename || types.isSubtype(String(value.__typename), type)) below(value);
    }
  };
  return visit;
}
