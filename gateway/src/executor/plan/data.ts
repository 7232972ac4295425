/**
 * The data that the fetches of a plan gather: one tree per request, as subgraphs' JSON, merged in place. Keys are
 * whatever a document asked for, so names that every JavaScript object has are read and written as own keys.
 */

export type Data = Record<string, unknown>;

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function own(data: Data, key: string): unknown {
  const value = data[key];
  // Only inherited things are functions or Object.prototype itself; JSON has neither.
  return typeof value === 'function' || key === '__proto__'
    ? Object.getOwnPropertyDescriptor(data, key)?.value
    : value;
}

export function setOwn(data: Data, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(data, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    data[key] = value;
  }
}

/**
 * Adds what a later fetch found to what is there. Objects and lists of one length are merged item by item; a null
 * or a missing value never takes away what another subgraph answered. `source` may be taken over in part.
 */
export function merge(target: Data, source: Data, isObjectType: (name: string) => boolean): void {
  for (const key of Object.keys(source)) {
    const value = own(source, key);
    const known = own(target, key);
    if (known === undefined || known === null) {
      if (value !== undefined) setOwn(target, key, value);
    } else if (value === null || value === undefined || known === value) {
    } else if (key === '__typename') {
      // A subgraph that knows an interface as one object says the interface's name; the concrete one stays.
      if (isObjectType(String(value)) || !isObjectType(String(known))) target[key] = value;
    } else if (typeof value === 'object' && typeof known === 'object') {
      mergeValue(target, key, known, value, isObjectType);
    } else {
      setOwn(target, key, value);
    }
  }
}

function mergeValue(
  target: Data,
  key: string,
  known: object,
  value: object,
  isObjectType: (name: string) => boolean,
): void {
  const merged = mergedValue(known, value, isObjectType);
  if (merged !== known) setOwn(target, key, merged);
}

function mergedValue(known: unknown, value: unknown, isObjectType: (name: string) => boolean): unknown {
  if (value === null || value === undefined) return known;
  if (isData(known) && isData(value)) {
    if (known !== value) merge(known, value, isObjectType);
    return known;
  }
  if (Array.isArray(known) && Array.isArray(value) && known.length === value.length) {
    for (let i = 0; i < value.length; i++) known[i] = mergedValue(known[i], value[i], isObjectType);
    return known;
  }
  return value;
}

/** For the second place of one entity, where the places may come to differ. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (!isData(value)) return value;
  const copy: Data = {};
  for (const key of Object.keys(value)) setOwn(copy, key, copyOf(own(value, key)));
  return copy as T;
}
