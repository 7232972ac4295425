import { fixedExperiments, parseExperiments } from '@marquee/experimentation';
import { createMetrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSubgraph, runSubgraph } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, type TestWorld, WORLD_NOW } from '../test/test-world.ts';

const experiments = fixedExperiments(
  parseExperiments(
    {
      layers: [{ key: 'page' }],
      experiments: [
        {
          key: 'diversity',
          owner: 'recommendation',
          layer: 'page',
          status: 'RUNNING',
          buckets: { from: 0, to: 10_000 },
          startsAt: '2020-01-01T00:00:00Z',
          variants: [
            { key: 'a', weight: 1, parameters: { mmrLambda: 0.9 } },
            { key: 'b', weight: 1, parameters: { mmrLambda: 0.7 } },
          ],
        },
      ],
    },
    'test',
  ),
);

let world: TestWorld;
let running: RunningSubgraph;
const metrics = createMetrics('recommendation');
beforeAll(async () => {
  world = await createTestWorld({
    events: ['t_alien-1979', 't_the-matrix-1999'].map((titleId, i) =>
      eventOf('PLAY_STOP', 'viewer', { titleId, watchedSeconds: 6_000 }, WORLD_NOW - (i + 2) * 86_400_000),
    ),
  });
  running = await runSubgraph(world.deps({ experiments, metrics }));
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});

async function exposures(): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of world.bus.replay({ types: ['EXPOSURE'] })) {
    for (const { event } of batch) found.push(event.profileId);
  }
  return found;
}

describe('a page made ahead', () => {
  test('answers when the viewer comes, and exposes them then and not before', async () => {
    const { home } = running.subgraph;
    const ahead = await home.makeAhead({ profileId: 'viewer' });
    expect(ahead.outcome).toBe('made');
    expect((await home.makeAhead({ profileId: 'viewer' })).outcome).toBe('kept');
    // Whoever asks for a page of their own is exposed; once that is in the log, an exposure of the other would be, too.
    await home.home({ profileId: 'somebody-else' });
    await waitUntil(async () => (await exposures()).length > 0);
    expect(await exposures()).toEqual(['somebody-else']);

    const served = await home.home({ profileId: 'viewer' });
    expect(served.slate.id).toBe(ahead.slate.slate.id);
    await waitUntil(async () => (await exposures()).includes('viewer'));
    expect((await metrics.exposition()).body).toMatch(/marquee_prewarmed_pages_served_total\S* 1/);
  });

  test('is another one on another device, and none after an own action', async () => {
    const { home } = running.subgraph;
    const ahead = await home.makeAhead({ profileId: 'viewer', device: 'TV' });
    expect((await home.home({ profileId: 'viewer', device: 'TV' })).slate.id).toBe(ahead.slate.slate.id);
    expect((await home.home({ profileId: 'viewer', device: 'MOBILE' })).slate.id).not.toBe(
      ahead.slate.slate.id,
    );
  });
});
