import { isRunning } from '@marquee/experimentation';
import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { toDateTime, toShare, toVariants } from './experiment.mapper.ts';
import { readableExperiment, readableExperiments } from './experiment-service.ts';

export const experimentResolvers: Pick<Resolvers, 'Query' | 'Experiment'> = {
  Query: {
    experiments: (_, __, context) => readableExperiments(context),
    experiment: (_, { key }, context) => readableExperiment(context, key),
  },
  Experiment: {
    running: (experiment, _, { clock }) => isRunning(experiment, clock.now()),
    startsAt: ({ startsAt }) => toDateTime(startsAt),
    endsAt: ({ endsAt }) => (endsAt === undefined ? null : toDateTime(endsAt)),
    share: toShare,
    variants: toVariants,
  },
};
