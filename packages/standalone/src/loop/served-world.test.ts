/** What a night brings is what the next day's pages are made with: also what finds candidates. */
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import { buildSampleCatalogue, createAudience } from '@marquee/sample-world';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { DEFAULT_RANKER } from '@marquee/training';
import { expect, it, onTestFinished } from 'vitest';
import { openDataDirectory } from '../world/data-directory.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';
import { loopPolicy } from './loop-policy.ts';
import { runArm } from './run-arm.ts';
import { serveWorld } from './served-world.ts';
import { simulatedClock } from './simulated-clock.ts';

const progress = { phase() {}, update() {}, end() {} };
const signal = new AbortController().signal;
/** Some nine watches each: enough for a collaborative model, which takes a thousand. */
const PROFILES = 200;

it('a collaborative model that was retrained in the night is examined, and serves once it is promoted', async () => {
  const root = temporaryFolder();
  onTestFinished(root.remove);
  const directory = await openDataDirectory(root.path);
  const world = await ensureWorld({
    ...{ directory, rankerThreads: 1, clock: systemClock, signal, seed: SAMPLE_SEED },
    ...{ logger: silentLogger, progress, source: sampleSource({ profiles: PROFILES }) },
  });
  const folder = join(directory.path, world.name);
  directory.release();
  expect(world.collaborative).toBeDefined();
  const now = Date.parse(world.preparedAt);
  const { titles } = buildSampleCatalogue({ now });
  const [, day] = await runArm({
    ...{ name: 'learning', folder, world, profiles: PROFILES, titles: titles.length, historyDays: 30 },
    audience: createAudience({ seed: SAMPLE_SEED, titles, profiles: PROFILES, now }),
    ...{ begin: systemClock.now(), days: 2, visitsPerDay: 8, seed: 1, learns: true },
    ...{ algorithm: DEFAULT_RANKER, plants: new Map(), codeVersion: 'test', progress },
    ...{ onDay() {}, timeLeft: () => '', logger: silentLogger, signal },
  });
  const [retrained] = day!.retrained;
  expect(retrained).toMatchObject({ line: 'collaborative', state: 'succeeded' });
  const moves = day!.moves.filter(({ version }) => version === retrained!.model);
  // Registered, and then promoted or stopped by its gates: so few viewers do not say which.
  expect(moves.length).toBeGreaterThanOrEqual(2);
  expect(moves[0]).toMatchObject({ to: 'candidate', by: 'loop' });

  const served = await serveWorld({
    ...{ folder, world, clock: simulatedClock(), logger: silentLogger, policy: loopPolicy(8, PROFILES) },
  });
  onTestFinished(() => served.stop());
  const { registry, version, isFollowed } = served.retrieval.find(({ line }) => line === 'collaborative')!;
  const made = world.collaborative!;
  const next = moves.at(-1)!.to === 'production' ? made : retrained!.model!;
  expect(next).not.toMatch(new RegExp(`${version()}$`));
  await registry.promote(next, {
    ...{ by: 'ada', why: 'a test', to: 'production', evidence: null, forced: true },
  });
  await waitUntil(isFollowed, { deadlineMs: 20_000 });
  expect(next.endsWith(version()!)).toBe(true);
}, 240_000);
