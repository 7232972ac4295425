/** What the index refuses, before anything is stored or searched. */
import { MarqueeError } from '@marquee/service-kit';
import {
  MAX_NEIGHBOURS,
  MAX_QUERIES,
  MAX_VECTOR_IDS,
  MAX_WINDOWS,
  type VectorPoint,
  type VectorQuery,
} from '../index.ts';

function refuse(message: string, field: string): never {
  throw new MarqueeError('BAD_USER_INPUT', { message, field });
}

function checkVector(vector: Float32Array, dimensions: number, field: string): void {
  if (vector.length !== dimensions)
    refuse(`${field} has ${vector.length} dimensions, not ${dimensions}`, field);
  for (let i = 0; i < vector.length; i++) {
    if (!Number.isFinite(vector[i])) refuse(`${field} has a value that is not finite at ${i}`, field);
  }
}

export function checkPoint({ id, vector, payload }: VectorPoint, dimensions: number, index: number): void {
  if (typeof id !== 'string' || id === '') refuse('a point has no id', `points.${index}.id`);
  checkVector(vector, dimensions, `points.${index}.vector`);
  const { maturityLevel, availability } = payload;
  if (!(Number.isInteger(maturityLevel) && maturityLevel >= 0 && maturityLevel <= 4)) {
    refuse(`the maturity level of ${id} is not between 0 and 4`, `points.${index}.payload.maturityLevel`);
  }
  if (availability.length > MAX_WINDOWS) {
    refuse(`${id} has more than ${MAX_WINDOWS} availability windows`, `points.${index}.payload.availability`);
  }
}

export function checkQueries(queries: readonly VectorQuery[], dimensions: number): void {
  if (queries.length > MAX_QUERIES) refuse(`more than ${MAX_QUERIES} queries`, 'queries');
  for (const [index, { vector, k }] of queries.entries()) {
    checkVector(vector, dimensions, `queries.${index}.vector`);
    if (!(Number.isInteger(k) && k >= 1 && k <= MAX_NEIGHBOURS)) {
      refuse(`k is not between 1 and ${MAX_NEIGHBOURS}`, `queries.${index}.k`);
    }
  }
}

export function checkIds(ids: readonly string[]): void {
  if (ids.length > MAX_VECTOR_IDS) refuse(`more than ${MAX_VECTOR_IDS} ids`, 'ids');
}
