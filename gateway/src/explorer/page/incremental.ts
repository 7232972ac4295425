/** An answer that comes in parts, put together: of the current draft, where parts are announced, delivered and completed by id. */
export interface Failure {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

type Path = readonly (string | number)[];

export interface Part {
  readonly data?: unknown;
  readonly errors?: readonly Failure[];
  readonly pending?: readonly { readonly id: string; readonly path: Path }[];
  readonly incremental?: readonly {
    readonly id: string;
    readonly subPath?: Path;
    readonly data?: object;
    readonly errors?: readonly Failure[];
  }[];
  readonly completed?: readonly { readonly id: string; readonly errors?: readonly Failure[] }[];
  readonly hasNext?: boolean;
}

export class IncrementalAnswer {
  readonly #places = new Map<string, Path>();
  data: unknown;
  readonly errors: Failure[] = [];

  take(part: Part): void {
    if ('data' in part) this.data = part.data;
    this.errors.push(...(part.errors ?? []));
    for (const { id, path } of part.pending ?? []) this.#places.set(id, path);
    for (const { id, subPath = [], data, errors = [] } of part.incremental ?? []) {
      this.errors.push(...errors);
      const target = at(this.data, [...(this.#places.get(id) ?? []), ...subPath]);
      if (typeof target === 'object' && target !== null) merge(target as Fields, (data ?? {}) as Fields);
    }
    for (const { id, errors = [] } of part.completed ?? []) {
      this.errors.push(...errors);
      this.#places.delete(id);
    }
  }
}

type Fields = Record<string | number, unknown>;

function at(value: unknown, path: Path): unknown {
  return path.reduce((inside, key) => (inside as Fields | undefined)?.[key], value);
}

/** Fields that both have are objects or lists of the same things. */
function merge(into: Fields, from: Fields): void {
  for (const [key, value] of Object.entries(from)) {
    const known = into[key];
    const bothObjects =
      typeof known === 'object' && known !== null && typeof value === 'object' && value !== null;
    if (bothObjects) merge(known as Fields, value as Fields);
    else into[key] = value;
  }
}
