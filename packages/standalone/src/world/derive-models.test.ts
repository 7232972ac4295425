import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS, type MarqueeEvent, manualClock } from '@marquee/domain';
import { fixedExperiments } from '@marquee/experimentation';
import { SOURCE } from '@marquee/recommendation';
import { createLogger, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, sampleTitles, temporaryFolder } from '@marquee/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import type { Progress } from '../cli/progress.ts';
import { composeMarquee } from '../compose.ts';
import { embeddedDeps } from '../deps.ts';
import { type FilledWorld, fillWorld } from './fill-world.ts';

const root = temporaryFolder();
afterAll(root.remove);
const clock = manualClock(SAMPLE_INSTANT);
const titles = sampleTitles(120, (i) => ({
  genreIds: [`genre-${i % 4}`],
  directorIds: [],
  castIds: [],
  addedAt: SAMPLE_INSTANT - 90 * DAY_MS,
}));
const quiet: Progress = { phase: () => undefined, update: () => undefined, end: () => undefined };

/** Everybody watches what their fourth of the profiles watches. */
function history(profiles: number): MarqueeEvent[] {
  const events: MarqueeEvent[] = [];
  for (let watch = 0; watch < 20; watch++) {
    for (let p = 0; p < profiles; p++) {
      const titleId = titles[((p * 3 + watch) % 30) * 4 + (p % 4)]!.id;
      const occurredAt = SAMPLE_INSTANT - (40 - watch) * DAY_MS + p * 1_000;
      events.push(
        eventOf('PLAY_STOP', { titleId, watchedSeconds: 4_000 }, { profileId: `p${p}`, occurredAt }),
      );
    }
  }
  return events;
}

async function filledWith(name: string, profiles: number) {
  const folder = join(root.path, name);
  await mkdir(folder);
  const lines: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'info',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const embed = () => embeddedDeps({ folder, clock, logger, rankerThreads: 1 });
  async function* catalogue() {
    yield { genres: [0, 1, 2, 3].map((g) => ({ id: `genre-${g}`, name: `Genre ${g}` })), titles };
  }
  const filled = await fillWorld(
    embed(),
    { catalogue: { batches: catalogue() }, events: { batches: [history(profiles)] } },
    { folder, seed: 1, progress: quiet },
  );
  return { folder, filled, embed, lines };
}

async function rankedIn(
  {
    folder,
    filled,
    embed,
  }: { folder: string; filled: FilledWorld; embed: () => ReturnType<typeof embeddedDeps> },
  profileId: string,
) {
  const marquee = composeMarquee(embed(), {
    folder,
    model: filled.model,
    collaborative: filled.collaborative,
    tokenSecret: 'a secret for tests only',
    experiments: fixedExperiments({ holdouts: [], layers: [], experiments: [] }),
    artworkBaseUrl: '',
    backgroundRefresh: false,
    patience: 8,
  });
  await startAll(marquee.components, silentLogger);
  try {
    const { slate } = await marquee.home.home({ profileId });
    const { candidates, degradations } = await marquee.home.rank({ profileId, k: 50, seed: 1 });
    const sources = new Set(candidates.flatMap((candidate) => candidate.sources));
    return { slate, sources, degradations };
  } finally {
    await stopAll(marquee.components, silentLogger, 10_000);
  }
}

describe('models of a new world', () => {
  it('hold a collaborative one, measured, that the home page asks; a damaged one is named and the page goes on', async () => {
    const world = await filledWith('usual', 110);
    const models = join(world.folder, 'models');
    expect((await readdir(models)).sort()).toEqual([world.filled.collaborative, world.filled.model].sort());
    const manifest = JSON.parse(
      await readFile(join(models, world.filled.collaborative!, 'manifest.json'), 'utf8'),
    );
    expect(manifest.trainingWindow).toMatchObject({ profiles: 110 });
    expect(manifest.metrics.collaborativeRecall200).toBeGreaterThan(0);
    expect(manifest.metrics.popularityRecall200).toBeGreaterThan(0);
    const whole = await rankedIn(world, 'p1');
    expect(whole.sources).toContain(SOURCE.collaborative);
    expect(whole.degradations).toEqual([]);

    await writeFile(join(models, world.filled.collaborative!, 'factors.bin'), 'damaged');
    const without = await rankedIn(world, 'p1');
    expect(without.sources).not.toContain(SOURCE.collaborative);
    expect(without.sources).toContain(SOURCE.becauseYouWatched);
    expect(without.slate.rows.length).toBeGreaterThan(0);
    expect(world.lines.join('')).toMatch(/collaborative model was not loaded.*--rebuild-features/);
  }, 60_000);

  it('of an older version with fewer columns are refused with the way out, and the world is served all the same', async () => {
    const world = await filledWith('older', 80);
    const file = join(world.folder, 'models', world.filled.model, 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.input.columns = manifest.input.columns.filter((column: string) => column !== 'collaborative');
    await writeFile(file, JSON.stringify(manifest));
    const older = { ...world, filled: { ...world.filled, collaborative: undefined } };
    const { slate, sources } = await rankedIn(older, 'p1');
    expect(slate.rows.length).toBeGreaterThan(0);
    expect(sources).not.toContain(SOURCE.collaborative);
    const log = world.lines.join('');
    expect(log).toMatch(/it was not trained on collaborative/);
    expect(log).toMatch(/ranking model was not loaded.*npm start -- --rebuild-features/);
  }, 60_000);

  it('of too little history are co-watch and a ranker alone, and the log says why', async () => {
    const world = await filledWith('little', 10);
    expect(world.filled.collaborative).toBeUndefined();
    expect(await readdir(join(world.folder, 'models'))).toEqual([world.filled.model]);
    expect(world.lines.join('')).toMatch(/200 watches of .* by 10 profiles.*no collaborative model/);
    const { slate, sources } = await rankedIn(world, 'p1');
    expect(slate.rows.length).toBeGreaterThan(0);
    expect(sources).not.toContain(SOURCE.collaborative);
  }, 60_000);
});
