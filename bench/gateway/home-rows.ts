/** The home page over the real supergraph: twelve rows of twenty titles, with made-up values of the usual length. */
import { readFileSync } from 'node:fs';
import {
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNullableType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
} from 'graphql';
import { type Scenario, subgraph } from './graph.ts';

type ResponsePath = GraphQLResolveInfo['path'];

const NAMES = ['content', 'experiment', 'recommendation', 'user-profile'];
const read = (path: string): string => readFileSync(new URL(`../../schema/${path}`, import.meta.url), 'utf8');

/** The same for the same place of an answer, whatever it is called at its root. */
function pathNumber(path: ResponsePath): number {
  let number = 7;
  for (let at: ResponsePath | undefined = path; at !== undefined; at = at.prev) {
    if (typeof at.key === 'number') number = (number * 31 + at.key + 1) % 1_000_003;
  }
  return number;
}

/** Lists by the type that has them; others have two items. */
const LENGTHS: Readonly<Record<string, number>> = { RowConnection: 12, RowItemConnection: 20, Home: 1 };

const madeUp: GraphQLFieldResolver<Record<string, unknown>, unknown> = (
  source,
  _arguments,
  _context,
  info,
) => {
  const known = source?.[info.fieldName];
  return known === undefined
    ? value(info.returnType, info.fieldName, info.parentType.name, pathNumber(info.path))
    : known;
};

function value(given: GraphQLOutputType, field: string, parent: string, serial: number): unknown {
  const type = getNullableType(given) as GraphQLOutputType;
  if (isListType(type)) {
    return Array.from({ length: LENGTHS[parent] ?? 2 }, (_, i) =>
      value(type.ofType, field, parent, serial * 31 + i),
    );
  }
  if (isEnumType(type)) return type.getValues()[0]?.value;
  if (isLeafType(type)) return leaf(String(type), field, serial);
  if (isAbstractType(type)) return null;
  return { __typename: String(type) };
}

function leaf(type: string, field: string, serial: number): unknown {
  if (type === 'Int') return serial % 2_000;
  if (type === 'Float') return serial / 7;
  if (type === 'Boolean') return serial % 2 === 0;
  if (type === 'ID') return `${field}-${serial}`;
  if (type === 'DateTime') return '2026-01-01T00:00:00.000Z';
  return field === 'synopsis' || field === 'trackingToken'
    ? `${field} ${serial} ${'a sentence of some words '.repeat(6)}`
    : `${field} ${serial}`;
}

export const homeRows: Scenario = {
  name: 'HomeRows',
  graph: {
    supergraphSdl: read('supergraph.graphql'),
    schemas: new Map(NAMES.map((name) => [name, subgraph(read(`subgraphs/${name}.graphql`), {})])),
    fieldResolver: madeUp,
  },
  variables: {},
  query: read('trusted-documents/HomeRows.graphql'),
};
