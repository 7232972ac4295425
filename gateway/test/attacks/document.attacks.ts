/** Documents and variables that cost more to read, to check or to run than to send. */
import { createHash } from 'node:crypto';
import { type Attack, operation, post } from './attack.ts';

const repeat = (text: string, times: number) => text.repeat(times);
const lines = (length: number, line: (index: number) => string) =>
  Array.from({ length }, (_, i) => line(i)).join(' ');
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const brackets = (levels: number) => `${repeat('[', levels)}${repeat(']', levels)}`;

const tooLarge = { expected: 'OPERATION_TOO_LARGE', status: [400] } as const;
const invalid = { expected: 'GRAPHQL_VALIDATION_FAILED', status: [200, 400] } as const;
const notParsed = { expected: 'GRAPHQL_PARSE_FAILED', status: [200, 400] } as const;

const bombs: Record<string, Pick<Attack, 'expected' | 'status'> & { readonly query: string }> = {
  'a deep document': {
    ...tooLarge,
    query: `{ title(id: 1) ${repeat('{ similar ', 100)} { id } ${repeat('}', 100)} }`,
  },
  '60,000 brackets': { ...tooLarge, query: repeat('{a', 60_000) },
  '60,000 lists in an argument': { ...tooLarge, query: `{ title(id: ${brackets(60_000)}) { id } }` },
  'a thousand aliases': { ...tooLarge, query: `{ ${lines(1_000, (i) => `a${i}: me`)} }` },
  'a hundred root fields': { ...tooLarge, query: `{ ${repeat('me ', 100)} }` },
  'a thousand directives': { ...tooLarge, query: `{ me ${repeat('@skip(if: false) ', 1_000)} }` },
  'a directive that nobody knows, often': { ...tooLarge, query: `{ me ${repeat('@x ', 1_000)} }` },
  'a fragment that contains itself': { ...tooLarge, query: '{ ...A } fragment A on Query { ...A }' },
  'fragments that contain each other': {
    ...tooLarge,
    query: '{ me } fragment A on Query { ...B } fragment B on Query { ...A }',
  },
  'fragments that double each other forty times': {
    ...tooLarge,
    query: `{ ...F0 } ${lines(40, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on Query { me }`,
  },
  'circular introspection': {
    ...tooLarge,
    query: `{ __schema { types ${repeat('{ fields { type ', 20)} { name } ${repeat('}}', 20)} } }`,
  },
  introspection: { ...invalid, query: '{ __schema { types { name } } }' },
  'a field that does not exist, to be told one that does': { ...invalid, query: '{ titel(id: 1) { id } }' },
  'an argument that does not exist, to be told one that does': {
    ...invalid,
    query: '{ title(idd: 1) { id } }',
  },
  'a type that does not exist, to be told one that does': {
    ...invalid,
    query: '{ title(id: 1) { ... on Titel { id } } }',
  },
  'a variable of a type that does not exist, to be told one that does': {
    ...invalid,
    query: 'query ($a: Strin) { title(id: $a) { id } }',
  },
  'a directive that does not exist, to be told one that does': { ...invalid, query: '{ me @skp(if: true) }' },
  'introspection of one type': { ...invalid, query: '{ __type(name: "Title") { fields { name } } }' },
  'introspection behind an alias and fragments': {
    ...invalid,
    query: '{ ...A } fragment A on Query { me: __schema { ...B } } fragment B on __Schema { types { name } }',
  },
  'the text of the service': { ...invalid, query: '{ _service { sdl } }' },
  'a number of ten thousand digits': {
    ...invalid,
    query: `{ titles(first: ${repeat('9', 10_000)}) { id } }`,
  },
  'a page inside a page inside a page': {
    expected: 'COST_ESTIMATED_TOO_EXPENSIVE',
    status: [400],
    query: '{ titles { similar { similar { similar { id } } } } }',
  },
  'ten thousand fields that conflict': {
    ...tooLarge,
    query: `{ ${lines(3_000, (i) => `t: title(id: ${i}) { id }`)} }`,
  },
  'a page of two thousand million': {
    expected: 'COST_ESTIMATED_TOO_EXPENSIVE',
    status: [400],
    query: '{ titles(first: 2147483647) { id } }',
  },
  'ninety thousand commas': {
    expected: ({ text }) => text.includes('"me":null') || text.includes('OPERATION_TOO_LARGE'),
    status: [200, 400],
    query: `{ me${repeat(',', 90_000)} }`,
  },
  'a comment of ninety thousand characters': {
    expected: ({ text }) => text.includes('"me":null') || text.includes('OPERATION_TOO_LARGE'),
    status: [200, 400],
    query: `{ me } #${repeat('x', 90_000)}`,
  },
  'a text of thirty thousand lines': {
    expected: ({ text }) => text.includes('"title":null') || text.includes('OPERATION_TOO_LARGE'),
    status: [200, 400],
    query: `{ title(id: """${repeat('\n a', 30_000)}""") { id } }`,
  },
  'no document': { ...notParsed, query: '{' },
  'a document of control characters': { ...notParsed, query: '\u0000\u0001\u0002' },
  'a fault inside a subgraph': {
    expected: 'INTERNAL_SERVER_ERROR',
    status: [200],
    query: '{ title(id: "broken") { id } }',
  },
};

export const documentAttacks: readonly Attack[] = [
  ...Object.entries(bombs).map(([name, { query, expected, status }]) => ({
    group: 'documents',
    name,
    expected,
    status,
    fire: operation(query),
  })),
  {
    group: 'documents',
    name: 'deep variables',
    ...tooLarge,
    fire: (gateway) =>
      post(
        gateway,
        `{"query":"query ($id: ID!) { title(id: $id) { id } }","variables":{"id":${brackets(60_000)}}}`,
      ),
  },
  {
    group: 'documents',
    name: 'a hundred thousand variables',
    ...tooLarge,
    fire: operation('query ($id: ID!) { title(id: $id) { id } }', {
      variables: { id: Array.from({ length: 100_000 }, () => 0) },
    }),
  },
  {
    group: 'documents',
    name: 'deep variables in the query string',
    ...tooLarge,
    fire: async ({ url }) => {
      const parameters = new URLSearchParams({
        query: 'query ($id: ID!) { title(id: $id) { id } }',
        variables: `{"id":${brackets(1_500)}}`,
      });
      const response = await fetch(`${url}/graphql?${parameters}`, {
        headers: { 'apollo-require-preflight': 'yes' },
      });
      return { status: response.status, text: await response.text() };
    },
  },
  {
    group: 'documents',
    name: 'variables that are a prototype',
    expected: ({ text }) => text.includes('"me":null') || /BAD_REQUEST/.test(text),
    status: [200, 400],
    fire: (gateway) => post(gateway, '{"query":"{ me }","variables":{"__proto__":{"polluted":true}}}'),
  },
  {
    group: 'documents',
    name: 'a batch of a thousand',
    expected: 'BAD_REQUEST',
    status: [400],
    fire: (gateway) =>
      post(
        gateway,
        Array.from({ length: 1_000 }, () => ({ query: '{ me }' })),
      ),
  },
  {
    group: 'ids',
    name: 'an unknown id',
    expected: 'PERSISTED_QUERY_NOT_FOUND',
    status: [200, 404, 400],
    fire: (gateway) => post(gateway, { extensions: persisted(hashOf('{ nobody }')) }),
  },
  {
    group: 'ids',
    name: 'a hash of another text',
    expected: 'PERSISTED_QUERY_HASH_MISMATCH',
    status: [400],
    fire: (gateway) => post(gateway, { query: '{ me }', extensions: persisted(hashOf('{ you }')) }),
  },
  {
    group: 'ids',
    name: 'a thousand aliases behind a hash',
    ...tooLarge,
    fire: async (gateway) => {
      const query = `{ ${lines(1_000, (i) => `b${i}: me`)} }`;
      await post(gateway, { query, extensions: persisted(hashOf(query)) });
      return post(gateway, { query, extensions: persisted(hashOf(query)) });
    },
  },
  {
    group: 'ids',
    name: 'a page of two thousand million in the variables of a registered operation',
    expected: 'COST_ESTIMATED_TOO_EXPENSIVE',
    status: [400],
    fire: async (gateway) => {
      const query = 'query ($n: Int) { titles(first: $n) { id } }';
      const extensions = persisted(hashOf(query));
      await post(gateway, { query, extensions, variables: { n: 1 } });
      return post(gateway, { extensions, variables: { n: 2_147_483_647 } });
    },
  },
  {
    group: 'ids',
    name: 'deep variables of a registered operation',
    ...tooLarge,
    fire: async (gateway) => {
      const query = 'query ($id: ID!) { title(id: $id) { id } }';
      const extensions = persisted(hashOf(query));
      await post(gateway, { query, extensions, variables: { id: 't1' } });
      return post(
        gateway,
        `{"extensions":${JSON.stringify(extensions)},"variables":{"id":${brackets(60_000)}}}`,
      );
    },
  },
  {
    group: 'ids',
    name: 'an id that is an object',
    expected: 'BAD_REQUEST',
    status: [400],
    fire: (gateway) => post(gateway, { documentId: { $ne: null } }),
  },
  {
    group: 'ids',
    name: 'an id that is a path',
    expected: 'PERSISTED_QUERY_NOT_FOUND',
    status: [200, 404, 400],
    fire: (gateway) => post(gateway, { documentId: '../../../../etc/passwd' }),
  },
];
