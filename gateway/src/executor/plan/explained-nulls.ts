/**
 * Which nulls of an answer an error of a subgraph is the reason of. Of a null that has an error already no other is to be told
 * (GraphQL specification, Handling Field Errors); one that nobody explained looks like an answer.
 */
import type { KeyMeanings } from './relevant-errors.ts';
import type { Lost, Path, PlacedError } from './subgraph-errors.ts';

/**
 * @param errors read when first asked.
 * @returns whether at, above or below a place of the answer something was lost that an error speaks of.
 */
export function explainedNulls(errors: readonly PlacedError[], keys: KeyMeanings): (path: Path) => boolean {
  let losses: Losses | undefined;
  return (path) => {
    losses ??= lossesOf(errors, keys);
    let place = '';
    for (const part of path) {
      // Of an object of which something is lost the type may be lost with it.
      const own = losses.fields.get(place);
      if (own?.has(String(part)) || (own !== undefined && part === '__typename')) return true;
      place += keyOf(part);
      if (losses.places.has(place)) return true;
    }
    return losses.above.has(place);
  };
}

interface Losses {
  /** Where everything is lost. */
  readonly places: Set<string>;
  /** By the place of their object. */
  readonly fields: Map<string, Set<string>>;
  /** Where something is lost below. */
  readonly above: Set<string>;
}

function lossesOf(errors: readonly PlacedError[], { responseName, isNeeded }: KeyMeanings): Losses {
  const losses: Losses = { places: new Set(), fields: new Map(), above: new Set() };
  // Lists of the same fields are the same list.
  const read = new Map<Lost['fields'], { readonly names: readonly string[]; readonly isAll: boolean }>();
  for (const error of errors) {
    const { at, fields } = error.lost();
    const known = read.get(fields) ?? {
      names: (fields ?? []).map(responseName),
      isAll: fields === undefined || fields.some(isNeeded),
    };
    read.set(fields, known);
    for (const path of at) {
      let place = '';
      for (const part of path) {
        losses.above.add(place);
        place += keyOf(typeof part === 'string' ? responseName(part) : part);
      }
      losses.above.add(place);
      // By what is missing nothing else of the object could be found, or be computed. Roots are not found by anything.
      if (known.isAll && (fields === undefined || path.length > 0)) losses.places.add(place);
      const own = losses.fields.get(place) ?? new Set();
      for (const name of known.names) own.add(name);
      if (fields !== undefined) losses.fields.set(place, own);
    }
  }
  return losses;
}

function keyOf(part: string | number): string {
  return typeof part === 'number' ? `[${part}]` : `.${part}`;
}
