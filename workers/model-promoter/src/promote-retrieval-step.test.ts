/** The way to production of what finds candidates, on real versions and the very files that would serve. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRandom, DAY_MS } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import {
  collaborativeExaminer,
  drawRetrievalHoldout,
  productionOf,
  type RetrievalLine,
  retrievalRegistry,
  towerExaminer,
  writeRetrievalHoldout,
} from '@marquee/model-registry';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles, temporaryFolder, watchesByTaste } from '@marquee/testkit';
import { releaseCollaborative, releaseTowers, sha256, type WatchLog, watchesBefore } from '@marquee/training';
import { describe, expect, it, onTestFinished } from 'vitest';
import { promoteRetrievalStep } from './promote-retrieval-step.ts';

const NOW = Date.UTC(2026, 2, 1);
const HELD_FROM = NOW - 4 * DAY_MS;
const TITLES = sampleTitles(240);
const LOG: WatchLog = watchesByTaste({ titles: TITLES, until: NOW, seed: 3 });
const PAST = watchesBefore(LOG, HELD_FROM);
const KNOWN = createTitleTable(TITLES);

/** What is watched stays, and by whom, under other titles' names. */
function mislabelled(log: WatchLog): WatchLog {
  const shuffled = createRandom(9).shuffle(TITLES.map(({ id }) => id));
  const wrong = new Map(TITLES.map(({ id }, i) => [id, shuffled[i]!]));
  return new Map(
    [...log].map(([id, own]) => [id, own.map(({ titleId, at }) => ({ titleId: wrong.get(titleId)!, at }))]),
  );
}

const makeRuntime = (columns: readonly string[]) =>
  createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger: silentLogger });

const SMALL = {
  ...{ blocks: 0, dimensions: 16, hidden: 16, buckets: 256, batchSize: 512, negatives: 200 },
  ...{ learningRate: 0.01, patience: 10 },
};

const LINES = {
  'two-tower': {
    examiner: towerExaminer(makeRuntime),
    release: (log: WatchLog, at: number) =>
      releaseTowers(log, { seed: 1, threads: 1, now: NOW + at, titles: KNOWN, towers: SMALL }),
    recall: 'recall@100',
  },
  collaborative: {
    examiner: collaborativeExaminer,
    release: (log: WatchLog, at: number) => releaseCollaborative(log, { seed: 1, threads: 1, now: NOW + at }),
    recall: 'recall@50',
  },
} as const satisfies Record<RetrievalLine, unknown>;

function lineOf(line: RetrievalLine) {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const registry = retrievalRegistry(line, { modelsFolder: folder.path, clock: { now: () => NOW } });
  const { release, examiner } = LINES[line];
  const train = async (log: WatchLog, at: number): Promise<string> => {
    const version = basename(await (await release(log, at))!.write(folder.path));
    await registry.register(version, { by: 'ada', why: 'a test' });
    return version;
  };
  const holdout = async (): Promise<void> => {
    await writeRetrievalHoldout(folder.path, drawRetrievalHoldout(LOG, KNOWN, HELD_FROM, 1)!, NOW);
  };
  const step = () => promoteRetrievalStep({ registry, examiner }, {});
  const byHand = (version: string) =>
    registry.promote(version, {
      ...{ by: 'ada', why: 'worth a try', to: 'production', evidence: null, forced: false },
    });
  const stageOf = async (version: string) => (await registry.current()).state.versions[version]?.stage;
  const production = async () => productionOf((await registry.current()).state);
  return { folder: folder.path, registry, train, holdout, step, byHand, stageOf, production };
}

describe.each(Object.keys(LINES) as RetrievalLine[])('a %s version', (line) => {
  it('that finds as much as production takes over; one with labels that went wrong is stopped; and the way back is open', async () => {
    const { registry, train, holdout, step, byHand, stageOf, production } = lineOf(line);
    expect(await step()).toMatchObject({ version: undefined });
    const first = await train(PAST, 0);
    const alone = await step();
    expect(alone).toMatchObject({ version: first, to: undefined });
    expect(alone.why).toMatch(/for a person to promote/);
    await byHand(first);
    const second = await train(PAST, 1_000);
    const unexamined = await step();
    expect(unexamined).toMatchObject({ version: second, to: undefined });
    expect(unexamined.why).toMatch(/no retrieval holdout/);
    await holdout();
    expect(await step()).toEqual({
      ...{ version: second, from: 'candidate', to: 'production', why: 'all gates passed' },
    });

    const bad = await train(mislabelled(PAST), 2_000);
    const stopped = await step();
    expect(stopped).toMatchObject({ version: bad, to: 'archived' });
    expect(stopped.why).toMatch(/popularity /);
    expect(stopped.why).toContain(`${LINES[line].recall} (gain over production −`);
    expect(await production()).toBe(second);

    // Of two that came since, the newest is looked at, and takes over.
    const older = await train(PAST, 3_000);
    const newer = await train(PAST, 4_000);
    expect(await step()).toMatchObject({ version: newer, to: 'production' });
    expect(await stageOf(older)).toBe('archived');
    await registry.rollback({ by: 'ada', why: 'a test' });
    expect(await production()).toBe(second);

    const late = await train(LOG, 5_000);
    expect((await step()).why).toMatch(/unseen-holdout .*it may know the answers/);
    expect(await stageOf(late)).toBe('archived');
  }, 120_000);
});

describe('on its way alone, a collaborative version', () => {
  it('waits where another one is pinned, however good it is', async () => {
    const { registry, train, holdout, step, byHand, stageOf } = lineOf('collaborative');
    const first = await train(PAST, 0);
    await byHand(first);
    await holdout();
    await registry.pin(first, { by: 'ada', why: 'a test' });
    const waiting = await train(PAST, 1_000);
    expect((await step()).why).toMatch(/is pinned/);
    expect(await stageOf(waiting)).toBe('candidate');
  });

  it('is not compared with one that was made of everything, the answers among it', async () => {
    const { train, holdout, step, byHand } = lineOf('collaborative');
    await byHand(await train(LOG, 0));
    await holdout();
    await train(PAST, 1_000);
    expect((await step()).why).toMatch(/even-terms \(production was trained up to .* may know the answers/);
  });

  it('whose Gramian is of other vectors, whose scores mean something else, or that is damaged, is stopped', async () => {
    const { folder, registry, train, holdout, step, byHand } = lineOf('collaborative');
    const first = await train(PAST, 0);
    await byHand(first);
    await holdout();

    const mixed = await LINES.collaborative.release(mislabelled(PAST), 1_000);
    await edit(await mixed!.write(folder), async (manifest, factors) => {
      gramianOf(factors, manifest).set(
        gramianOf(await readFile(join(folder, first, 'factors.bin')), manifest),
      );
    });
    await registry.register(nameOf(1_000), { by: 'ada', why: 'a test' });
    expect((await step()).why).toMatch(/runs \(.*Gramian is not that of its title vectors/);

    const faint = await LINES.collaborative.release(PAST, 2_000);
    await edit(await faint!.write(folder), async ({ settings }) => {
      settings.lambda *= 1_000;
    });
    await registry.register(nameOf(2_000), { by: 'ada', why: 'a test' });
    expect((await step()).why).toMatch(/score-level \(scores of first titles are/);

    await appendFile(join(folder, await train(PAST, 3_000), 'factors.bin'), 'x');
    expect((await step()).why).toMatch(/runs \(.*checksum/);
  });
});

interface EditedManifest {
  readonly settings: { readonly dimensions: number; lambda: number };
  checksum: string;
}

function gramianOf(factors: Buffer, { settings: { dimensions } }: EditedManifest): Buffer {
  const at = 4 + factors.readUInt32LE(0);
  return factors.subarray(at, at + 4 * dimensions * dimensions);
}

/** As if it had been made so. */
async function edit(
  folder: string,
  change: (manifest: EditedManifest, factors: Buffer) => Promise<void>,
): Promise<void> {
  const files = { manifest: join(folder, 'manifest.json'), factors: join(folder, 'factors.bin') };
  const manifest: EditedManifest = JSON.parse(await readFile(files.manifest, 'utf8'));
  const factors = await readFile(files.factors);
  await change(manifest, factors);
  manifest.checksum = sha256(factors);
  await writeFile(files.factors, factors);
  await writeFile(files.manifest, JSON.stringify(manifest));
}

function nameOf(at: number): string {
  const instant = new Date(NOW + at).toISOString();
  return `collaborative-${instant.replace(/[-:]/g, '').replace(/\..*$/, 'Z')}`;
}
