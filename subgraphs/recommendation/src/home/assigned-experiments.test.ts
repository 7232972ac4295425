import {
  BUCKETS,
  fixedExperiments,
  NO_EXPERIMENTS as NO_CONFIGURATION,
  parseExperiments,
} from '@marquee/experimentation';
import { DEFAULT_EXPLORATION } from '@marquee/exploration';
import { expect, test } from 'vitest';
import { assignExperiments } from './assigned-experiments.ts';

const now = Date.UTC(2026, 0, 2);
const someone = (profileId: string) => ({ profileId, segment: 'family', now });

function experiment(parameters: Record<string, unknown>) {
  return fixedExperiments(
    parseExperiments(
      {
        layers: [{ key: 'exploration' }],
        experiments: [
          {
            key: 'exploration-policy',
            owner: 'recommendation',
            layer: 'exploration',
            status: 'RUNNING',
            buckets: { from: 0, to: BUCKETS },
            startsAt: '2026-01-01T00:00:00Z',
            variants: [
              {
                key: 'control',
                weight: 1,
                parameters: { explorationPolicy: 'uniform', explorationEpsilon: 0.1 },
              },
              { key: 'other', weight: 1, parameters },
            ],
          },
        ],
      },
      'test',
    ),
  );
}

test('an arm chooses the policy of its profiles, and what the installation chose holds for the rest', () => {
  const source = experiment({ explorationPolicy: 'epsilon-greedy', explorationEpsilon: 0.3 });
  const configured = { ...DEFAULT_EXPLORATION, policy: 'uniform' as const };
  const seen = new Map<string | undefined, unknown>();
  for (let i = 0; i < 50; i++) {
    const { assignments, explorationSettings } = assignExperiments(source, someone(`p${i}`), configured);
    seen.set(assignments['exploration-policy'], explorationSettings);
  }
  expect(Object.fromEntries(seen)).toEqual({
    control: { ...configured, epsilon: 0.1 },
    other: { ...configured, policy: 'epsilon-greedy', epsilon: 0.3 },
  });
  const nobody = { profileId: undefined, segment: 'all', now };
  expect(assignExperiments(source, nobody, configured).explorationSettings).toEqual(configured);
});

test('a policy that does not exist, or a share that is none, changes nothing', () => {
  const source = experiment({ explorationPolicy: 'bold', explorationEpsilon: 7 });
  const settings = Array.from({ length: 20 }, (_, i) => assignExperiments(source, someone(`p${i}`)))
    .filter(({ assignments }) => assignments['exploration-policy'] === 'other')
    .map(({ explorationSettings }) => explorationSettings);
  expect(settings.length).toBeGreaterThan(3);
  for (const one of settings) expect(one).toEqual(DEFAULT_EXPLORATION);
  expect(assignExperiments(fixedExperiments(NO_CONFIGURATION), someone('p')).explorationSettings).toEqual(
    DEFAULT_EXPLORATION,
  );
});
