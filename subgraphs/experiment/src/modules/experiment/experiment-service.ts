/** Reading the configuration is for people who work on the product, not for its audience. */
import type { Experiment } from '@marquee/experimentation';
import { MarqueeError } from '@marquee/service-kit';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { ExperimentContext } from '../../context.ts';

const READ_SCOPE = 'experiment:read';
const MAX_KEY_LENGTH = 128;

/** @throws MarqueeError UNAUTHENTICATED, or FORBIDDEN without the scope. */
export function readableExperiments(context: ExperimentContext): readonly Experiment[] {
  if (!requireViewer(context.request).scopes.includes(READ_SCOPE)) {
    throw new MarqueeError('FORBIDDEN', `This needs the scope ${READ_SCOPE}.`);
  }
  return context.experiments.current().experiments;
}

/** @throws MarqueeError as above, or BAD_USER_INPUT. */
export function readableExperiment(context: ExperimentContext, key: string): Experiment | undefined {
  const experiments = readableExperiments(context);
  if (key.length < 1 || key.length > MAX_KEY_LENGTH) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `key must have 1 to ${MAX_KEY_LENGTH} characters.`,
      field: 'key',
    });
  }
  return experiments.find((experiment) => experiment.key === key);
}
