/** The world as it was at the split: prepared from the training part exactly as `npm start` prepares one, and served. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type MarqueeEvent, manualClock } from '@marquee/domain';
import { fixedExperiments, parseExperiments } from '@marquee/experimentation';
import { createTitleTable } from '@marquee/features';
import { MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import { collectWatches, releaseTowers, TOWER_EPOCHS } from '@marquee/training';
import { composeMarquee, type Marquee } from '../compose.ts';
import { embeddedDeps, type MarqueeDeps } from '../deps.ts';
import type { RivalRanker } from '../world/derive-models.ts';
import { fillWorld } from '../world/fill-world.ts';
import { catalogueBatches, type WorldContents } from '../world/world-source.ts';
import type { EvaluationOptions } from './evaluate.ts';
import type { Holdout } from './holdout.ts';

/** Every profile is served the same policy. */
const NO_EXPERIMENTS = { layers: [], experiments: [] };
const EVENTS_PER_BATCH = 20_000;
/** Nobody waits: a machine that is busy with other things changes no figure. */
const PATIENCE = 200;

export interface HeldOutWorld {
  readonly contents: WorldContents;
  readonly split: Holdout;
  readonly profileIds: readonly string[];
}

export interface ServedAs {
  readonly withoutSources?: ReadonlySet<string>;
  readonly preRankTo?: number;
  /** Name of a rival; absent: the installation's ranker. */
  readonly ranker?: string;
}

export type Serve = (
  as: ServedAs,
  use: (marquee: Pick<Marquee, 'home' | 'isServable'>) => Promise<void>,
) => Promise<void>;

/** Prepares a world from the training part, and serves it as often as `use` asks for it. */
export async function inWorld(
  { contents, split }: HeldOutWorld,
  { progress, logger, signal, seed }: Pick<EvaluationOptions, 'progress' | 'logger' | 'signal' | 'seed'>,
  {
    towers: withTowers = false,
    ...learning
  }: {
    readonly withoutCollaborative?: boolean;
    readonly rivals?: readonly RivalRanker[];
    /** Also trains the two towers, and serves them from the beginning. Default false, as a world is prepared. */
    readonly towers?: boolean;
  },
  use: (serve: Serve) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-evaluation-'));
  try {
    // The clock of the whole composition stands at the split: nothing can look past it.
    const clock = manualClock(split.now);
    const embed = () => embeddedDeps({ folder, clock, logger, rankerThreads: 1 });
    const filled = await fillWorld(
      embed(),
      {
        catalogue: {
          batches: catalogueBatches(contents.catalogue),
          expected: contents.catalogue.titles.length,
        },
        events: { batches: batches(split.train), expected: split.train.length },
      },
      { folder, seed, progress, signal, ...learning },
    );
    const towers = withTowers
      ? await trainTowersOf(embed(), folder, { contents, split }, { progress, signal, seed })
      : undefined;
    await use(async ({ withoutSources, ranker, preRankTo = 0 }, measureIt) => {
      const marquee = composeMarquee(embed(), {
        folder,
        model: ranker === undefined ? filled.model : filled.rivals.get(ranker)!,
        collaborative: filled.collaborative,
        towers,
        tokenSecret: 'evaluation issues no tokens to anybody',
        experiments: fixedExperiments(parseExperiments(NO_EXPERIMENTS)),
        artworkBaseUrl: '',
        backgroundRefresh: false,
        ...(withoutSources && { withoutSources }),
        preRankTo,
        patience: PATIENCE,
      });
      await startAll(marquee.components, logger);
      try {
        await measureIt(marquee);
      } finally {
        await stopAll(marquee.components, logger, 10_000);
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From what the world's log holds, which is the training part. @returns the name of the user tower's folder */
async function trainTowersOf(
  { bus, clock }: MarqueeDeps,
  folder: string,
  { contents, split }: Pick<HeldOutWorld, 'contents' | 'split'>,
  { progress, signal, seed }: Pick<EvaluationOptions, 'progress' | 'signal' | 'seed'>,
): Promise<string> {
  progress.phase('two towers', TOWER_EPOCHS);
  await bus.start();
  try {
    const watches = await collectWatches((selection) =>
      bus.replay({ ...selection, batchSize: EVENTS_PER_BATCH }),
    );
    const released = await releaseTowers(watches, {
      ...{ now: clock.now(), seed, titles: createTitleTable(contents.catalogue.titles) },
      onProgress: (epochs) => progress.update(epochs),
      ...(signal && { signal }),
    });
    if (released === undefined) {
      throw new MarqueeError(
        'BAD_USER_INPUT',
        `${split.train.length} events are too few to train two towers on`,
      );
    }
    return basename(await released.write(join(folder, 'models')));
  } finally {
    await bus.stop();
  }
}

function* batches(events: readonly MarqueeEvent[]): Iterable<readonly MarqueeEvent[]> {
  for (let i = 0; i < events.length; i += EVENTS_PER_BATCH) yield events.slice(i, i + EVENTS_PER_BATCH);
}
