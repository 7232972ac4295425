/** The experiment process's ports, on their distributed adapters. */
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { fixedExperiments, NO_EXPERIMENTS, watchedExperiments } from '@marquee/experimentation';
import { TRIALS_KEY, watchedTrials } from '@marquee/model-registry/trials';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import { SERVING_POSTGRES, type ServiceKit } from '@marquee/service-kit/service';
import type { ExperimentConfig } from './config.ts';
import type { ExperimentDeps } from './experiment-subgraph.ts';

/** `ports` in the order in which they start. */
export function experimentDeps(
  config: ExperimentConfig,
  kit: ServiceKit,
): ExperimentDeps & { ports: Component[] } {
  const { clock, logger } = kit;
  const postgres = createPostgres({
    ...config.postgres,
    ...SERVING_POSTGRES,
    applicationName: 'marquee-experiment',
    logger,
  });
  const profiles = createPostgresProfiles({ postgres, clock });
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const watch = (key: string, onChange: (value: string) => void) =>
    broadcast.watch(key, ({ value }) => onChange(value));
  const experiments = watchedExperiments({ watch, fallback: fixedExperiments(NO_EXPERIMENTS), logger });
  const trials = watchedTrials((onChange) => watch(TRIALS_KEY, onChange));
  return {
    experiments,
    canary: () => trials.current().canary ?? undefined,
    profileSegment: async (profileId) => (await profiles.profilesByIds([profileId]))[0]?.segment,
    clock,
    logger,
    ports: [postgres, profiles, broadcast, experiments, trials],
  };
}
