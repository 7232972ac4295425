/** What the gateways under test stand before: a supergraph, and subgraphs whose answers cost nothing. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, execute, type GraphQLFieldResolver, type GraphQLSchema, parse } from 'graphql';
import type { SubgraphDataSource } from '../../gateway/src/data-source/data-source.ts';

export interface BenchGraph {
  readonly supergraphSdl: string;
  readonly schemas: ReadonlyMap<string, GraphQLSchema>;
  /** For fields without a resolver. */
  readonly fieldResolver?: GraphQLFieldResolver<Record<string, unknown>, unknown>;
}

export interface Scenario {
  readonly name: string;
  readonly graph: BenchGraph;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export function subgraph(sdl: string, resolvers: object): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
}

export interface RecordedSubgraphs {
  /** The answer as fresh objects, as parsed from a response. */
  answer(
    subgraph: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<ExecutionResult>;
  source(subgraph: string): SubgraphDataSource;
  /** Requests answered so far. */
  readonly count: number;
}

/** Each operation is executed when it first comes, and read from its recorded text from then on. */
export function recorded(graph: BenchGraph): RecordedSubgraphs {
  const texts = new Map<string, string>();
  let count = 0;
  const answer: RecordedSubgraphs['answer'] = async (name, query, variables) => {
    count++;
    const key = `${name} ${query}`;
    let text = texts.get(key);
    if (text === undefined) {
      const schema = graph.schemas.get(name) as GraphQLSchema;
      const { fieldResolver } = graph;
      const document = parse(query);
      text = JSON.stringify(
        await execute({ schema, document, variableValues: variables, rootValue: {}, fieldResolver }),
      );
      texts.set(key, text);
    }
    return JSON.parse(text) as ExecutionResult;
  };
  return {
    answer,
    source: (name) => ({
      fetch: ({ query, variables }) =>
        answer(name, query, variables) as ReturnType<SubgraphDataSource['fetch']>,
    }),
    get count() {
      return count;
    },
  };
}
