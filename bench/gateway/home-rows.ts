/** The home page over the real supergraph: twelve rows of twenty titles, with made-up values of the usual length. */
import { readFileSync } from 'node:fs';
import {
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { type Scenario, subgraph } from './graph.ts';

const NAMES = ['content', 'experiment', 'recommendation', 'user-profile'];
const read = (path: string): string => readFileSync(new URL(`../../schema/${path}`, import.meta.url), 'utf8');

/** Lists by the type that has them; others have two items. */
const LENGTHS: Readonly<Record<string, number>> = { RowConnection: 12, RowItemConnection: 20, Home: 1 };

/** What the values of an object are made from, where it has no id. */
const SERIAL = '#serial';

/**
 * The same values whoever is asked, and however a gateway gets there: those of an entity follow from its id, those of
 * other objects from where they are.
 */
const madeUp: GraphQLFieldResolver<Record<string, unknown>, unknown> = (source, given, _context, info) => {
  const known = source?.[info.fieldName];
  if (known !== undefined) return known;
  const of = (source?.[SERIAL] as number | undefined) ?? serialOf(0, `${info.parentType} ${source?.id}`);
  const serial = serialOf(of, `${info.fieldName} ${JSON.stringify(given)}`);
  return value(info.returnType, info.fieldName, info.parentType.name, serial);
};

function serialOf(start: number, text: string): number {
  let serial = start;
  for (let at = 0; at < text.length; at++) serial = (serial * 31 + text.charCodeAt(at)) % 1_000_003;
  return serial;
}

function value(given: GraphQLOutputType, field: string, parent: string, serial: number): unknown {
  const type = getNullableType(given) as GraphQLOutputType;
  if (isListType(type)) {
    return Array.from({ length: LENGTHS[parent] ?? 2 }, (_, i) =>
      value(type.ofType, field, parent, serialOf(serial, `${i}`)),
    );
  }
  if (isEnumType(type)) return type.getValues()[0]?.value;
  if (isLeafType(type)) return leaf(String(type), field, serial);
  if (isAbstractType(type)) return null;
  const __typename = String(type);
  return isObjectType(type) && type.getFields().id !== undefined
    ? { __typename, id: `${__typename}-${serial}` }
    : { __typename, [SERIAL]: serial };
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
    monolith: madeUp,
  },
  variables: {},
  variantOf: (n) => ({ input: { excludeTitleIds: [`none-${n}`] } }),
  query: read('trusted-documents/HomeRows.graphql'),
};
