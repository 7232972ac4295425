/** Puts the parts of an answer together as a client does. */
import type { AnswerInParts } from './both-answers.ts';

/** @throws Error for a part that was not announced, or comes twice, or not at all; and for a place that is not there. */
export function mergedData({ first, pending, later }: AnswerInParts): unknown {
  const data: unknown = structuredClone(first.data);
  const awaited = new Map(pending.map((part) => [part.id, part]));
  later.forEach(({ delivered, pending: found, hasNext }, index) => {
    for (const { id, path, data: part } of delivered) {
      if (JSON.stringify(awaited.get(id)?.path) !== JSON.stringify(path)) throw new Error(`part ${id}`);
      awaited.delete(id);
      if (part !== null) mergeInto(at(data, path), part);
    }
    for (const part of found) {
      // It can be put where it belongs as soon as it comes.
      at(data, part.path);
      awaited.set(part.id, part);
    }
    if (hasNext !== index < later.length - 1) throw new Error(`hasNext of part ${index}`);
    if (hasNext !== awaited.size > 0) throw new Error(`${awaited.size} parts are awaited`);
  });
  if (awaited.size > 0) throw new Error('parts have not come');
  return data;
}

function at(data: unknown, path: readonly (string | number)[]): Record<string, unknown> {
  let found = data;
  for (const key of path) found = (found as Record<string | number, unknown>)[key];
  if (typeof found !== 'object' || found === null) throw new Error(`nothing at ${path.join('.')}`);
  return found as Record<string, unknown>;
}

function mergeInto(target: Record<string, unknown>, source: object): void {
  for (const [key, value] of Object.entries(source)) {
    const known = Object.hasOwn(target, key) ? target[key] : undefined;
    if (typeof known === 'object' && known !== null && typeof value === 'object' && value !== null) {
      mergeInto(known as Record<string, unknown>, value);
    } else {
      Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    }
  }
}
