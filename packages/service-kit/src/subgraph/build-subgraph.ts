/** Puts a subgraph together from its module SDL files and resolvers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createSubgraphExecutor } from './executor.ts';
import type { RequestContext, Subgraph } from './index.ts';

export interface SubgraphDefinition<C> extends Pick<Subgraph, 'name' | 'components' | 'routes'> {
  /** Folder of modules; every `*.graphql` below it is part of the SDL, in path order. */
  readonly modulesFolder: string;
  /** The generated `Resolvers` of the subgraph; checked there, so that nothing is lost by taking any object here. */
  readonly resolvers: object;
  createContext(request: RequestContext): C;
}

export function loadTypeDefs(modulesFolder: string): string {
  return readdirSync(modulesFolder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => readFileSync(join(modulesFolder, file), 'utf8').trim())
    .join('\n\n')
    .concat('\n');
}

export function buildSubgraph<C>(definition: SubgraphDefinition<C>): Subgraph {
  const typeDefs = loadTypeDefs(definition.modulesFolder);
  const resolvers = definition.resolvers as GraphQLResolverMap;
  const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers }]);
  return {
    name: definition.name,
    typeDefs,
    schema,
    execute: createSubgraphExecutor({ schema, createContext: definition.createContext }),
    components: definition.components,
    routes: definition.routes,
  };
}
