/** The objects that a plan's path leads to. `@` stands for every item of a list. */
import type { UnwantedParents } from '../planning/unwanted-parents.ts';
import { type Data, isData, own } from './data.ts';

/**
 * In the order of the data. Lists that several places share are gone through once; an object may come again.
 * @param parents types of objects that the way does not go on from. Default: none.
 */
export function targetsAt(root: Data, path: readonly string[], parents?: UnwantedParents): Data[] {
  let level: unknown[] = [root];
  for (let index = 0; index < path.length; index++) {
    const step = path[index] as string;
    const unwanted = parents?.[index];
    const next: unknown[] = [];
    const seen = step === '@' && level.length > 1 ? new Set<unknown>() : undefined;
    for (const value of level) {
      if (step === '@') {
        if (!Array.isArray(value) || seen?.has(value)) continue;
        seen?.add(value);
        for (const item of value) if (item !== null && item !== undefined) next.push(item);
      } else if (isData(value)) {
        const { __typename: type } = value;
        if (unwanted !== undefined && typeof type === 'string' && unwanted.has(type)) continue;
        const child = own(value, step);
        if (child !== null && child !== undefined) next.push(child);
      }
    }
    if (next.length === 0) return [];
    level = next;
  }
  return level.filter(isData);
}

/** Where in the data each of the objects is; for errors, which are rare. */
export function placesAt(root: Data, path: readonly string[]): Map<Data, (string | number)[][]> {
  const places = new Map<Data, (string | number)[][]>();
  const walk = (value: unknown, index: number, at: (string | number)[]): void => {
    if (index === path.length) {
      if (!isData(value)) return;
      const known = places.get(value);
      if (known === undefined) places.set(value, [at]);
      else known.push(at);
      return;
    }
    const step = path[index] as string;
    if (step === '@') {
      if (Array.isArray(value)) value.forEach((item, i) => void walk(item, index + 1, [...at, i]));
    } else if (isData(value)) {
      walk(own(value, step), index + 1, [...at, step]);
    }
  };
  walk(root, 0, []);
  return places;
}
