/** The product itself: the home page as it is served, from a world of its own that retrains every night. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MarqueeEvent, manualClock, type Slate } from '@marquee/domain';
import { MAX_PUBLISH_BATCH } from '@marquee/event-bus';
import { fixedExperiments, parseExperiments } from '@marquee/experimentation';
import type { RankedTitles } from '@marquee/recommendation';
import { type Logger, MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import type { RankerAlgorithm } from '@marquee/training';
import type { Progress } from '../../cli/progress.ts';
import { composeMarquee, type Marquee } from '../../compose.ts';
import { embeddedDeps, type MarqueeDeps } from '../../deps.ts';
import { type FilledWorld, fillWorld } from '../../world/fill-world.ts';
import { catalogueBatches } from '../../world/world-source.ts';
import type { LoopWorld } from './loop-world.ts';
import type { LoopPage, Making, Recommender } from './recommender.ts';

/** A ranker of today's, or the first there was, trained as it was (ADR 0012), in the pipeline of today. */
export type LoopRanker = RankerAlgorithm | typeof STARTER.name;

export interface PipelineRecommenderOptions {
  readonly name: string;
  readonly ranker: LoopRanker;
  readonly world: LoopWorld;
  readonly start: number;
  readonly seed: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
  /** Say of every page how it was made; ranks twice. */
  readonly dissect?: boolean;
}

const STARTER = { name: 'starter', algorithm: 'logistic-regression', asAtFirst: true } as const;
const NO_EXPERIMENTS = { layers: [], experiments: [] };
/** Nobody waits: a machine that is busy with other things changes no figure. */
const PATIENCE = 1_000;
const SETTLE_MS = 300_000;
const QUIET: Progress = { phase: () => undefined, update: () => undefined, end: () => undefined };

export async function createPipelineRecommender(options: PipelineRecommenderOptions): Promise<Recommender> {
  const { name, ranker, world, start, seed, logger, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'marquee-closed-loop-'));
  const clock = manualClock(start);
  const embed = (): MarqueeDeps => embeddedDeps({ folder, clock, logger, rankerThreads: 1 });
  const asked = ranker === STARTER.name ? { rivals: [STARTER] } : { ranker };
  const fillOptions = { folder, seed, ...asked, progress: QUIET, ...(signal && { signal }) };
  let serving: { readonly marquee: Marquee; readonly deps: MarqueeDeps } | undefined;

  async function serve(filled: FilledWorld): Promise<void> {
    const deps = embed();
    const marquee = composeMarquee(deps, {
      folder,
      model: filled.rivals.get(STARTER.name) ?? filled.model,
      collaborative: filled.collaborative,
      tokenSecret: 'a closed loop issues no tokens to anybody',
      experiments: fixedExperiments(parseExperiments(NO_EXPERIMENTS)),
      artworkBaseUrl: '',
      backgroundRefresh: false,
      patience: PATIENCE,
    });
    await startAll(marquee.components, logger);
    serving = { marquee, deps };
  }

  async function stop(): Promise<void> {
    const running = serving;
    serving = undefined;
    if (running !== undefined) await stopAll(running.marquee.components, logger, 20_000);
  }

  return {
    name,
    async beginDay(day, now) {
      await stop();
      clock.set(now);
      const additions =
        day === 0
          ? {
              catalogue: { batches: catalogueBatches(world.catalogue) },
              events: { batches: world.history() },
            }
          : {};
      let filled = await fillWorld(embed(), additions, fillOptions);
      if (day === 0) {
        // What arrives on the first day is in nobody's training, as new titles are.
        const { model, collaborative, rivals } = filled;
        clock.set(now + 1_000);
        const batches = catalogueBatches(world.arriving);
        filled = {
          ...(await fillWorld(embed(), { catalogue: { batches } }, fillOptions)),
          ...{ model, collaborative, rivals },
        };
      }
      await serve(filled);
    },
    async page(profileId, now): Promise<LoopPage> {
      clock.set(now);
      const { home } = serving!.marquee;
      const ranked = options.dissect ? await home.rank({ profileId, k: 0, seed }) : undefined;
      const { slate } = await home.home({ profileId, device: 'TV' });
      return {
        rows: slate.rows.map(({ items }) => items.map(({ titleId }) => titleId)),
        slateId: slate.id,
        without: slate.degradations.map(({ component }) => component),
        ...(ranked && { made: makingOf(slate, ranked) }),
      };
    },
    async observe(events) {
      for (let i = 0; i < events.length; i += MAX_PUBLISH_BATCH) {
        await serving!.deps.bus.publish(events.slice(i, i + MAX_PUBLISH_BATCH) as MarqueeEvent[]);
      }
      // The next page knows of them, whoever's it is: how fast a machine is decides nothing.
      if (!(await serving!.marquee.caughtUp(SETTLE_MS))) {
        throw new MarqueeError('DEADLINE_EXCEEDED', `${name}: what viewers did was not learned in time`);
      }
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function makingOf({ rows }: Pick<Slate, 'rows'>, { candidates }: RankedTitles): Making {
  return {
    pool: candidates.map(({ titleId }) => titleId),
    placeOf(row, position) {
      const { kind, items } = rows[row]!;
      const { sources, propensity } = items[position]!;
      return { kind, sources, explored: propensity < 1 };
    },
  };
}
