/** A process for the tests: one subgraph with one field, and a part that takes as long to start as it is told to. */
import { setTimeout as delay } from 'node:timers/promises';
import { buildSchema, graphql } from 'graphql';
import { z } from 'zod';
import { parseConfig } from '../../config.ts';
import {
  runService,
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toServiceConfig,
  toSubgraphConfig,
} from '../index.ts';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...SUBGRAPH_VARIABLES,
  SAMPLE_START_MS: z.coerce.number().default(0),
  SAMPLE_FAILS: z.string().optional(),
});
const schema = buildSchema('type Query { viewer: String slow(milliseconds: Int!): Boolean }');

await runService(
  {
    name: 'sample',
    isBackground: process.env.SAMPLE_IS_BACKGROUND === '1',
    loadConfig(environment) {
      const values = parseConfig(variables, environment);
      return {
        ...toServiceConfig(values),
        startMs: values.SAMPLE_START_MS,
        fails: values.SAMPLE_FAILS,
        subgraph: toSubgraphConfig(values),
      };
    },
    subgraphOptions: ({ subgraph }) => subgraph,
    compose(config) {
      let started = false;
      return {
        components: [
          {
            name: 'database',
            async start() {
              await delay(config.startMs);
              if (config.fails !== undefined) throw new Error(config.fails);
              started = true;
            },
            stop: async () => undefined,
            readiness: () =>
              started ? { ready: true } : { ready: false, detail: 'waiting for the database' },
          },
        ],
        subgraph: {
          name: 'content',
          typeDefs: '',
          schema,
          components: [],
          routes: [],
          execute: ({ query, variables, context }) =>
            graphql({
              schema,
              source: query,
              variableValues: variables,
              rootValue: {
                viewer: () => context.viewer?.profileId,
                slow: async ({ milliseconds }: { milliseconds: number }) => {
                  await delay(milliseconds);
                  return true;
                },
              },
            }),
        },
      };
    },
  },
  process.env,
);
