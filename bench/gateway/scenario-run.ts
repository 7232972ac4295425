/**
 * One gateway, one scenario, in a process of its own: prints one line of JSON. Started by `in-process.ts`.
 *
 * Apollo Server's whole way of a request is measured, from the parsed body to the text of the answer, without
 * sockets: both sides have the same ones.
 */
import { createHash } from 'node:crypto';
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { createFederationExecutor } from '../../gateway/src/executor/federation-executor.ts';
import { silentLogger } from '../../packages/service-kit/src/index.ts';
import { median, percentile } from '../closed-loop.ts';
import { recorded } from './graph.ts';
import { scenarioNamed } from './scenarios.ts';

const [side, name, requests] = process.argv.slice(2);
const scenario = scenarioNamed(name ?? '');
const subgraphs = recorded(scenario.graph);

const gateway =
  side === 'marquee'
    ? createFederationExecutor({
        supergraphSdl: scenario.graph.supergraphSdl,
        dataSourceFor: (subgraph) => subgraphs.source(subgraph),
        logger: silentLogger,
      })
    : new ApolloGateway({
        supergraphSdl: scenario.graph.supergraphSdl,
        buildService: ({ name: subgraph }): GraphQLDataSource => ({
          process: ({ request }) =>
            subgraphs.answer(subgraph, request.query ?? '', request.variables ?? {}) as never,
        }),
      });

const server = new ApolloServer({
  gateway,
  logger: silentLogger as never,
  nodeEnv: 'production',
  persistedQueries: false,
  stopOnTerminationSignals: false,
  stringifyResult: (result) => JSON.stringify(result),
  plugins: [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginSchemaReportingDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
  ],
});
await server.start();
const httpGraphQLRequest = {
  method: 'POST',
  headers: new HeaderMap([['content-type', 'application/json']]),
  search: '',
  body: { query: scenario.query, variables: scenario.variables },
};

async function ask(): Promise<string> {
  const { body } = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => ({}) });
  return body.kind === 'complete' ? body.string : '';
}

const count = Number(requests);
const answer = await ask();
const { errors } = JSON.parse(answer) as { errors?: unknown };
if (errors !== undefined) throw new Error(`unexpected answer: ${answer.slice(0, 500)}`);
for (let i = 0; i < count; i++) await ask();
const fetched = subgraphs.count;
await ask();
const fetches = subgraphs.count - fetched;

const runs: { cpuMs: number; perSecond: number; p50: number; p99: number }[] = [];
for (let run = 0; run < 5; run++) {
  const latencies = new Float64Array(count);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    const askedAt = performance.now();
    await ask();
    latencies[i] = performance.now() - askedAt;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = process.cpuUsage(cpu);
  latencies.sort();
  runs.push({
    cpuMs: (used.user + used.system) / 1_000 / count,
    perSecond: count / seconds,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
  });
}
const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
console.log(
  JSON.stringify({
    fetches,
    bytes: Buffer.byteLength(answer),
    cpuMs: of((run) => run.cpuMs),
    perSecond: of((run) => run.perSecond),
    p50: of((run) => run.p50),
    p99: of((run) => run.p99),
    answer: createHash('sha256')
      .update(canonical(JSON.parse(answer)))
      .digest('hex'),
  }),
);
await server.stop();
process.exit(0);

/** The same text for deep-equal values. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}
