/**
 * One set of data behind several subgraphs and behind one schema that answers alone. What the single schema says
 * is what a federated answer has to be.
 *
 * A row is an object with `__typename`. A field's value may be a function of its arguments and of the object it is
 * asked on, which in a subgraph has external fields only where the gateway sent them.
 */
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  visit,
} from 'graphql';
import { composeSupergraph } from '../../../../schema/composition.ts';
import type { SubgraphDataSource, SubgraphFetch, SubgraphResult } from '../../data-source/data-source.ts';

export type Row = { readonly __typename: string } & Readonly<Record<string, unknown>>;
export type Computed = (given: Record<string, unknown>, self: Row) => unknown;

export interface World {
  /** Name to SDL, without the `@link`. */
  readonly subgraphs: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  /** Subgraphs that are of Federation 1: without the `@link`. Default: none. */
  readonly federation1?: readonly string[];
  /** Values of root fields. */
  readonly roots: Readonly<Record<string, unknown>>;
  /** Fields by which entities are known, one of them being enough: of an object, or a list, all that is sent of it. */
  readonly keys: readonly string[];
}

/** Instead of a field's value: a null, an error, or something that neither a leaf nor a list can be. */
export type Fault = 'null' | 'error' | 'wrong';
/** By row and field. */
export type Faults = ReadonlyMap<string, Fault>;

export interface Federation {
  readonly supergraphSdl: string;
  source(subgraph: string, faults: Faults): SubgraphDataSource;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: [
  "@key" "@requires" "@provides" "@external" "@shareable" "@override" "@inaccessible" "@interfaceObject"
  "@context" "@fromContext"])`;

/** The name of a row's field among the faults. Ids are unique; a type may be called by its interface's name. */
export function place(row: Row, field: string): string {
  return `${String(row.id)}.${field}`;
}

export function federate(world: World): Federation {
  const subgraphs = Object.entries(world.subgraphs).map(([name, sdl]) => ({
    name,
    sdl: world.federation1?.includes(name) ? sdl : `${LINK}\n${sdl}`,
  }));
  const schemas = new Map(subgraphs.map(({ name, sdl }) => [name, subgraphSchema(world, sdl)]));
  const unknown = new Map(subgraphs.map(({ name, sdl }) => [name, unknownFields(parse(sdl))]));
  return {
    supergraphSdl: composeSupergraph(subgraphs).supergraphSdl,
    source: (name, faults) => ({
      async fetch(fetch: SubgraphFetch): Promise<SubgraphResult> {
        const schema = schemas.get(name) as GraphQLSchema;
        const document = parse(fetch.query);
        const result = await run(world, schema, document, fetch.variables, faults, unknown.get(name));
        // As over HTTP: nothing of a resolver's own objects reaches the gateway.
        return JSON.parse(JSON.stringify(result)) as SubgraphResult;
      },
    }),
  };
}

/** The answer of one schema over all of the data. */
export async function answerAlone(
  world: World,
  apiSchema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  faults: Faults,
): Promise<ExecutionResult> {
  const result = await run(world, apiSchema, document, variables, faults);
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

function run(
  world: World,
  schema: GraphQLSchema,
  document: DocumentNode,
  variableValues: Readonly<Record<string, unknown>>,
  faults: Faults,
  unknown?: ReadonlySet<string>,
): ExecutionResult | Promise<ExecutionResult> {
  return execute({
    schema,
    document,
    variableValues,
    rootValue: { __typename: 'Query', id: '', ...world.roots },
    fieldResolver: resolver(faults, unknown),
    typeResolver: (row: Row) => row.__typename,
  });
}

function resolver(
  faults: Faults,
  unknown: ReadonlySet<string> | undefined,
): GraphQLFieldResolver<Row, unknown> {
  return (self, given, _context, { fieldName, parentType }) => {
    if (unknown?.has(`${parentType.name}.${fieldName}`) && !(SENT in self)) return null;
    const fault = faults.get(place(self, fieldName));
    if (fault === 'null') return null;
    if (fault === 'wrong') return {};
    if (fault === 'error') throw new Error(`${place(self, fieldName)} failed`);
    const value = self[fieldName];
    return typeof value === 'function' ? (value as Computed)(given, self) : value;
  };
}

/** Of objects in keys, also in lists, only some fields are sent. */
function isKnownAs(known: unknown, sent: unknown): boolean {
  if (Array.isArray(sent)) {
    return (
      Array.isArray(known) &&
      known.length === sent.length &&
      sent.every((each, i) => isKnownAs(known[i], each))
    );
  }
  if (typeof sent !== 'object' || sent === null) return known === sent;
  if (typeof known !== 'object' || known === null) return false;
  return Object.entries(sent).every(([name, value]) =>
    isKnownAs((known as Record<string, unknown>)[name], value),
  );
}

/** What is known, with what was sent in its place: of a key's nested objects not all may have been sent. */
function overlaid(
  known: Readonly<Record<string, unknown>>,
  sent: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isNested = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const over = (own: unknown, value: unknown): unknown => {
    if (Array.isArray(own) && Array.isArray(value)) return value.map((each, i) => over(own[i], each));
    return isNested(own) && isNested(value) ? overlaid(own, value) : value;
  };
  const all: Record<string, unknown> = { ...known };
  for (const [key, value] of Object.entries(sent)) all[key] = over(known[key], value);
  return all;
}

/** On what a subgraph was sent, which has external fields. */
const SENT = Symbol('sent');

/** External fields that a subgraph has only where they were sent to it: not of a key, nor provided by any field. */
function unknownFields(sdl: DocumentNode): ReadonlySet<string> {
  const named = new Set<string>();
  const external = new Map<string, string>();
  visit(sdl, {
    Directive({ name, arguments: given = [] }) {
      if (name.value !== 'key' && name.value !== 'provides') return;
      for (const { value } of given) {
        if (value.kind !== Kind.STRING) continue;
        for (const each of value.value.match(/\w+/g) ?? []) named.add(each);
      }
    },
    FieldDefinition({ name, directives }, _key, _parent, _path, ancestors) {
      const type = ancestors.at(-1) as { readonly name?: { readonly value: string } };
      if (directives?.some((directive) => directive.name.value === 'external')) {
        external.set(`${type.name?.value}.${name.value}`, name.value);
      }
    },
  });
  return new Set([...external].flatMap(([place, name]) => (named.has(name) ? [] : [place])));
}

function subgraphSchema(world: World, sdl: string): GraphQLSchema {
  const typeDefs = parse(sdl);
  const bare = buildSubgraphSchema(typeDefs);
  const resolvers: Record<string, unknown> = {};
  for (const type of Object.values(bare.getTypeMap())) {
    if (type.name.startsWith('__') || (!isObjectType(type) && !isInterfaceType(type))) continue;
    const isEntity = [type.astNode, ...type.extensionASTNodes].some((node) =>
      node?.directives?.some(({ name }) => name.value === 'key'),
    );
    if (!isEntity) continue;
    const external = Object.values(type.getFields())
      .filter((field) => field.astNode?.directives?.some(({ name }) => name.value === 'external'))
      .map(({ name }) => name);
    resolvers[type.name] = {
      __resolveReference(sent: Row) {
        const row = world.rows.find((each) =>
          world.keys.some((key) => key in sent && isKnownAs(each[key], sent[key])),
        );
        if (row === undefined) return null;
        const seen: Record<string, unknown> = { ...row };
        for (const name of external) delete seen[name];
        // An interface object has the interface's name here.
        return {
          ...overlaid(seen, sent),
          [SENT]: true,
          __typename: isInterfaceType(type) ? row.__typename : sent.__typename,
        };
      },
    };
  }
  return buildSubgraphSchema([{ typeDefs, resolvers: resolvers as never }]);
}
