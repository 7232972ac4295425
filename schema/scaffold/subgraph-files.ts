/** What a new subgraph begins with: one entity, its store in memory, and a test. By path in its folder. Pure. */
import type { SubgraphNames } from './subgraph-names.ts';

/** Ranges of the packages that the other subgraphs use. */
export type Ranges = Readonly<Record<string, string>>;

export function subgraphFiles(names: SubgraphNames, ranges: Ranges): ReadonlyMap<string, string> {
  return new Map([
    ['package.json', packageJson(names, ranges)],
    ['codegen.json', codegenJson(names)],
    ['src/modules/federation.graphql', FEDERATION],
    [`src/modules/${names.kebab}/module.graphql`, moduleGraphql(names)],
    [`src/modules/${names.kebab}/resolvers.ts`, resolvers(names)],
    [`src/modules/${names.kebab}/${names.kebab}-store.ts`, store(names)],
    [`src/modules/${names.kebab}/${names.kebab}-loader.ts`, loader(names)],
    ['src/mappers.ts', mappers(names)],
    ['src/context.ts', context(names)],
    ['src/config.ts', config(names)],
    ['src/deps.ts', deps(names)],
    ['src/index.ts', index(names)],
    [`src/${names.kebab}-subgraph.ts`, subgraph(names)],
    [`src/${names.kebab}-subgraph.test.ts`, test(names)],
    ['src/main.ts', main(names)],
  ]);
}

function packageJson({ kebab, words }: SubgraphNames, ranges: Ranges): string {
  const wanted = [
    '@apollo/subgraph',
    '@marquee/domain',
    '@marquee/service-kit',
    'dataloader',
    'graphql',
    'zod',
  ];
  const value = {
    name: `@marquee/${kebab}`,
    version: '0.1.0',
    private: true,
    description: `Subgraph: ${words}.`,
    license: 'MIT',
    type: 'module',
    exports: { '.': './src/index.ts' },
    scripts: { start: 'node src/main.ts' },
    dependencies: Object.fromEntries(wanted.map((name) => [name, ranges[name] ?? '*'])),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function codegenJson({ pascal }: SubgraphNames): string {
  const value = {
    contextType: `../context.ts#${pascal}Context`,
    mappers: { [pascal]: `../mappers.ts#${pascal}Model` },
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
`;

function moduleGraphql({ pascal, camel, words }: SubgraphNames): string {
  return `extend type Query {
  """
  One ${words}, or null when there is none with this id.
  """
  ${camel}(
    """
    At most 128 characters.
    """
    id: ID!
  ): ${pascal}
}

"""
A ${words}.
"""
type ${pascal} @key(fields: "id") {
  """
  Opaque and stable.
  """
  id: ID!
  """
  For people.
  """
  name: String!
}
`;
}

function resolvers({ pascal, camel }: SubgraphNames): string {
  return `import { MarqueeError } from '@marquee/service-kit';
import type { Resolvers } from '../../__generated__/resolvers-types.ts';

const MAX_ID_CHARACTERS = 128;

export const ${camel}Resolvers: Pick<Resolvers, 'Query' | '${pascal}'> = {
  Query: {
    ${camel}: (_, { id }, { load${pascal} }) => {
      if (id === '' || id.length > MAX_ID_CHARACTERS) {
        throw new MarqueeError('BAD_USER_INPUT', {
          message: \`id must have 1 to \${MAX_ID_CHARACTERS} characters\`,
          field: 'id',
        });
      }
      return load${pascal}(id);
    },
  },
  ${pascal}: {
    __resolveReference: ({ id }, { load${pascal} }) => load${pascal}(id),
  },
};
`;
}

function store({ pascal, camel, words }: SubgraphNames): string {
  return `/** Where it is known which ${words} there is. A port: what keeps them for good takes the place of the memory. */

export interface ${pascal} {
  readonly id: string;
  readonly name: string;
}

export interface ${pascal}Store {
  /**
   * In the order of \`ids\`, with undefined for those that there are not.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when they cannot be read.
   */
  byIds(ids: readonly string[]): Promise<readonly (${pascal} | undefined)[]>;
}

/** Forgets them all when the process ends. */
export function ${camel}Memory(known: readonly ${pascal}[]): ${pascal}Store {
  const byId = new Map(known.map((each) => [each.id, each]));
  return { byIds: async (ids) => ids.map((id) => byId.get(id)) };
}
`;
}

function loader({ kebab, pascal, camel }: SubgraphNames): string {
  return `/** One read per request, however many fields and entities ask. */
import DataLoader from 'dataloader';
import type { ${pascal}, ${pascal}Store } from './${kebab}-store.ts';

/** Ids in one read. */
const MAX_BATCH = 500;

export type Load${pascal} = (id: string) => Promise<${pascal} | null>;

export function create${pascal}Loader(${camel}Store: ${pascal}Store): Load${pascal} {
  const loader = new DataLoader<string, ${pascal} | undefined>(async (ids) => [...(await ${camel}Store.byIds(ids))], {
    maxBatchSize: MAX_BATCH,
  });
  return async (id) => (await loader.load(id)) ?? null;
}
`;
}

function mappers({ kebab, pascal }: SubgraphNames): string {
  return `/** What resolvers hold for the types of the schema that are resolved field by field. */
import type { ${pascal} } from './modules/${kebab}/${kebab}-store.ts';

export type ${pascal}Model = ${pascal};
`;
}

function context({ kebab, pascal }: SubgraphNames): string {
  return `import type { RequestContext } from '@marquee/service-kit/subgraph';
import type { Load${pascal} } from './modules/${kebab}/${kebab}-loader.ts';

/** Of one request. */
export interface ${pascal}Context {
  readonly request: RequestContext;
  readonly load${pascal}: Load${pascal};
}
`;
}

function config({ pascal, words }: SubgraphNames): string {
  return `/** Configuration of the ${words} process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toServiceConfig,
  toSubgraphConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({ ...SERVICE_VARIABLES, ...SUBGRAPH_VARIABLES });

export type ${pascal}Config = ReturnType<typeof load${pascal}Config>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function load${pascal}Config(environment: Environment) {
  const values = parseConfig(variables, environment);
  return { ...toServiceConfig(values), subgraph: toSubgraphConfig(values) };
}
`;
}

function deps({ kebab, pascal, camel, words }: SubgraphNames): string {
  return `/** The ports of the ${words} process. */
import type { Component } from '@marquee/service-kit';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { ${pascal}Deps } from './${kebab}-subgraph.ts';
import { ${camel}Memory } from './modules/${kebab}/${kebab}-store.ts';

/** \`ports\` in the order in which they start. */
export function ${camel}Deps({ clock, logger }: ServiceKit): ${pascal}Deps & { readonly ports: Component[] } {
  return { store: ${camel}Memory([]), clock, logger, ports: [] };
}
`;
}

function index({ kebab, pascal, camel }: SubgraphNames): string {
  return `export { create${pascal}Subgraph, type ${pascal}Deps } from './${kebab}-subgraph.ts';
export { ${camel}Memory, type ${pascal}, type ${pascal}Store } from './modules/${kebab}/${kebab}-store.ts';
`;
}

function subgraph({ kebab, pascal, camel, words }: SubgraphNames): string {
  return `/** The ${words} subgraph. */
import { fileURLToPath } from 'node:url';
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { buildSubgraph, type Subgraph } from '@marquee/service-kit/subgraph';
import type { ${pascal}Context } from './context.ts';
import { create${pascal}Loader } from './modules/${kebab}/${kebab}-loader.ts';
import { ${camel}Memory, type ${pascal}Store } from './modules/${kebab}/${kebab}-store.ts';
import { ${camel}Resolvers } from './modules/${kebab}/resolvers.ts';

export interface ${pascal}Deps {
  /** Default: an empty one in memory. */
  readonly store?: ${pascal}Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function create${pascal}Subgraph({ store = ${camel}Memory([]) }: ${pascal}Deps): Subgraph {
  return buildSubgraph<${pascal}Context>({
    name: '${kebab}',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers: { ...${camel}Resolvers },
    components: [],
    routes: [],
    createContext: (request) => ({ request, load${pascal}: create${pascal}Loader(store) }),
  });
}
`;
}

function test({ pascal, camel, words }: SubgraphNames): string {
  return `import { manualClock } from '@marquee/domain';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { create${pascal}Subgraph, ${camel}Memory, type ${pascal}Store } from './index.ts';

const KNOWN = [
  { id: 'a', name: 'First' },
  { id: 'b', name: 'Second' },
];

async function ask(query: string, store: ${pascal}Store = ${camel}Memory(KNOWN)) {
  const { execute } = create${pascal}Subgraph({ store, clock: manualClock(0), logger: silentLogger });
  const { data, errors } = await execute({
    query,
    context: { requestId: 'test', deadline: deadlineAfter(5_000) },
  });
  return { data: JSON.parse(JSON.stringify(data ?? null)), codes: errors?.map(({ extensions }) => extensions.code) };
}

describe('the ${words} subgraph', () => {
  it('answers with what there is, and null for what there is not', async () => {
    expect((await ask('{ ${camel}(id: "a") { id name } }')).data).toEqual({ ${camel}: KNOWN[0] });
    expect((await ask('{ ${camel}(id: "c") { id } }')).data).toEqual({ ${camel}: null });
  });

  it('refuses what cannot be an id', async () => {
    expect((await ask('{ ${camel}(id: "") { id } }')).codes).toEqual(['BAD_USER_INPUT']);
  });

  it('joins what other subgraphs refer to, with one read for all', async () => {
    const reads: (readonly string[])[] = [];
    const memory = ${camel}Memory(KNOWN);
    const store: ${pascal}Store = {
      byIds: (ids) => {
        reads.push(ids);
        return memory.byIds(ids);
      },
    };
    const representations = ['b', 'c', 'a'].map((id) => \`{ __typename: "${pascal}", id: "\${id}" }\`).join(' ');
    const query = \`{ _entities(representations: [\${representations}]) { ... on ${pascal} { name } } }\`;
    expect((await ask(query, store)).data).toEqual({ _entities: [{ name: 'Second' }, null, { name: 'First' }] });
    expect(reads).toEqual([['b', 'c', 'a']]);
  });
});
`;
}

function main({ kebab, pascal, camel, words }: SubgraphNames): string {
  return `/** The ${words} subgraph as a process of its own. */
import { runService } from '@marquee/service-kit/service';
import { load${pascal}Config } from './config.ts';
import { ${camel}Deps } from './deps.ts';
import { create${pascal}Subgraph } from './${kebab}-subgraph.ts';

await runService(
  {
    name: '${kebab}',
    loadConfig: load${pascal}Config,
    subgraphOptions: ({ subgraph }) => subgraph,
    compose(_, kit) {
      const { ports, ...deps } = ${camel}Deps(kit);
      return { components: ports, subgraph: create${pascal}Subgraph(deps) };
    },
  },
  process.env,
);
`;
}
