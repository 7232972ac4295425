/** What the gateways under test stand before: a supergraph, and subgraphs whose answers cost nothing. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, execute, type GraphQLFieldResolver, type GraphQLSchema, parse } from 'graphql';
import type { SubgraphDataSource } from '../../gateway/src/data-source/data-source.ts';
import { loadSupergraph } from '../../gateway/src/executor/supergraph/supergraph.ts';

type PromiseOrValue<T> = Promise<T> | T;

export interface BenchGraph {
  readonly supergraphSdl: string;
  readonly schemas: ReadonlyMap<string, GraphQLSchema>;
  /** For fields without a resolver. */
  readonly fieldResolver?: GraphQLFieldResolver<Record<string, unknown>, unknown>;
  /** For all fields of the whole graph as one server would answer it: what every gateway must answer. */
  readonly monolith: GraphQLFieldResolver<Record<string, unknown>, unknown>;
  /** The subgraphs as gateways of federation 1 read them. Absent: the graph needs federation 2. */
  readonly federation1?: ReadonlyMap<string, string>;
}

export interface Scenario {
  readonly name: string;
  readonly graph: BenchGraph;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Variables that lead to other ids everywhere: no fetch of one variant is the same as one of another. */
  variantOf(n: number): Readonly<Record<string, unknown>>;
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

/** Without a gateway, by one server that has everything; one for each of the first `count` variants. */
export async function expectedAnswers(scenario: Scenario, count: number): Promise<unknown[]> {
  const { graph, query } = scenario;
  const { apiSchema } = loadSupergraph(graph.supergraphSdl);
  const answers: unknown[] = [];
  for (let variant = 0; variant < count; variant++) {
    const answer = await execute({
      schema: apiSchema,
      document: parse(query),
      variableValues: scenario.variantOf(variant),
      rootValue: {},
      fieldResolver: graph.monolith,
    });
    answers.push(JSON.parse(JSON.stringify(answer)));
  }
  return answers;
}

/** Executes one request of a gateway. */
export function answerOf(
  { schemas, fieldResolver }: BenchGraph,
  subgraph: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): PromiseOrValue<ExecutionResult> {
  const schema = schemas.get(subgraph);
  if (schema === undefined) throw new TypeError(`there is no subgraph ${subgraph}`);
  return execute({
    schema,
    document: parse(query),
    variableValues: variables,
    rootValue: {},
    fieldResolver,
  });
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
      text = JSON.stringify(await answerOf(graph, name, query, variables));
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
