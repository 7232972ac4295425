/**
 * What a federated answer can promise of its errors, beside those of one schema that answers alone.
 *
 * - A place has one error.
 * - Where a field may be null and failed, both have its error, and it says the same.
 * - Where a null that may not be took with it what is around it, both have an error below that null. One schema stops at the
 *   first that it comes by and several subgraphs do not stop for each other: so which, and how many, is not the
 *   same. Each of them is one that a schema without non-null types, which never stops, has or would have; or is of a
 *   field that a plan fetches of more objects than the client asked it of, which only the lost object could tell.
 * - Nowhere else is there any. (Nor has any world here a subgraph that promises a value where the graph promises
 *   none: it would tell of a null that to one schema is a value like others.)
 */
import {
  buildASTSchema,
  type ExecutionResult,
  type GraphQLSchema,
  Kind,
  parse,
  printSchema,
  type TypeNode,
  visit,
} from 'graphql';

type Path = readonly (string | number)[];

/** The same with fields that all may be null. */
export function withoutNonNull(schema: GraphQLSchema): GraphQLSchema {
  return buildASTSchema(
    visit(parse(printSchema(schema)), {
      FieldDefinition: (field) => ({ ...field, type: nullable(field.type) }),
    }),
    { assumeValid: true },
  );
}

/**
 * @param alone of one schema.
 * @param unstopped of the same `withoutNonNull`.
 * @returns what of the federated answer's errors breaks the rule.
 */
export function brokenPromises(
  federated: ExecutionResult,
  alone: ExecutionResult,
  unstopped: ExecutionResult,
): string[] {
  const broken: string[] = [];
  const seen = new Set<string>();
  const possible = byPlace(unstopped);
  for (const { path = [], message } of federated.errors ?? []) {
    const place = keyOf(path);
    if (seen.has(place)) broken.push(`${place} twice: ${message}`);
    seen.add(place);
    if (valueAt(federated.data, path) !== null) broken.push(`${place}, where there is something: ${message}`);
    const same = possible.get(place);
    // An interface may be what an object is called elsewhere; what a field itself says is said of its object.
    if (same?.endsWith('failed') && same !== message) broken.push(`${place}: ${message}, not ${same}`);
    const unstoppedValue = valueAt(unstopped.data, path);
    const isUnasked = unstoppedValue === undefined && nullOf(federated.data, path).length < path.length;
    if (same === undefined && unstoppedValue !== null && !isUnasked) broken.push(`${place}: ${message}`);
  }
  const nulls = (result: ExecutionResult) =>
    new Set((result.errors ?? []).map(({ path = [] }) => keyOf(nullOf(result.data, path))));
  const [ours, theirs] = [nulls(federated), nulls(alone)];
  for (const place of theirs) if (!ours.has(place)) broken.push(`nothing about ${place}`);
  for (const place of ours) if (!theirs.has(place)) broken.push(`${place}, of which one schema says nothing`);
  return broken;
}

function byPlace({ errors = [] }: ExecutionResult): ReadonlyMap<string, string> {
  return new Map(errors.map(({ path = [], message }) => [keyOf(path), message]));
}

function keyOf(path: Path): string {
  return path.join('.');
}

/** As much of the path as leads to a null. */
function nullOf(data: unknown, path: Path): Path {
  const length = path.findIndex((_, index) => valueAt(data, path.slice(0, index)) === null);
  return length === -1 ? path : path.slice(0, length);
}

/** Null also where the way ends in one. */
function valueAt(data: unknown, path: Path): unknown {
  let at = data;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return at ?? null;
    at = Object.hasOwn(at, part) ? (at as Record<string | number, unknown>)[part] : undefined;
  }
  return at;
}

function nullable(type: TypeNode): TypeNode {
  if (type.kind === Kind.NON_NULL_TYPE) return nullable(type.type);
  return type.kind === Kind.LIST_TYPE ? { ...type, type: nullable(type.type) } : type;
}
