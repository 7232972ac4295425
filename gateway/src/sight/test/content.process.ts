/** The small graph's subgraph `content` as a process of the distributed profile, for traces that cross processes. */
import { parseConfig } from '@marquee/service-kit';
import {
  runService,
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toServiceConfig,
  toSubgraphConfig,
} from '@marquee/service-kit/service';
import { buildSchema } from 'graphql';
import { z } from 'zod';
import { smallGraph } from '../../../test/small-graph/small-graph.ts';

const variables = z.object({ ...SERVICE_VARIABLES, ...SUBGRAPH_VARIABLES });

await runService(
  {
    name: 'content',
    loadConfig(environment) {
      const values = parseConfig(variables, environment);
      return { ...toServiceConfig(values), subgraph: toSubgraphConfig(values) };
    },
    subgraphOptions: ({ subgraph }) => subgraph,
    compose: () => ({
      components: [],
      subgraph: {
        name: 'content',
        typeDefs: '',
        schema: buildSchema('type Query { unused: Boolean }'),
        components: [],
        routes: [],
        execute: smallGraph().executors.content!,
      },
    }),
  },
  process.env,
);
