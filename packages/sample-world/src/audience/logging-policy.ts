/**
 * What the simulated service showed in the past: per place a title that fits the viewer's genres (45 %), a popular
 * one (35 %) or any title at all (20 %). Imperfect on purpose: a model trained on this log can do better, and the
 * random share keeps every title observable.
 */
import { isAvailable, type Random } from '@marquee/domain';
import { type AffinityContext, affinity } from './affinity.ts';
import type { FilmWorld } from './film-world.ts';
import type { TitlePool, TitlePools } from './pools.ts';
import type { Taste } from './taste.ts';
import type { Viewer } from './viewers.ts';
import { knows, type ViewingMemory } from './viewing-memory.ts';

const PERSONAL = 0.45;
const POPULAR = 0.35;
/** The personal share shows the best of this many popular titles of a genre the viewer likes. */
const COMPARED = 3;
/** Draws per place before it stays empty. */
const TRIES = 8;

/** Up to `places` different title indices, available to the viewer at `context.now` and unknown to them. */
export function logSlate(
  world: FilmWorld,
  pools: TitlePools,
  viewer: Viewer,
  memory: ViewingMemory,
  context: AffinityContext,
  places: number,
  random: Random,
): readonly number[] {
  const { taste } = viewer;
  const slate: number[] = [];
  const everything = pools.pool(taste.maturityLimit);
  const weights = genreWeights(taste);
  for (let place = 0; place < places; place++) {
    const draw = random.next();
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const title =
        draw < PERSONAL
          ? bestOf(world, taste, context, pools.pool(taste.maturityLimit, random.weighted(weights)), random)
          : draw < PERSONAL + POPULAR
            ? everything.popular(random)
            : everything.any(random);
      if (title < 0) continue;
      const { availability } = world.titles[title]!;
      if (slate.includes(title) || knows(memory, title)) continue;
      if (!isAvailable(availability, context.now, taste.region)) continue;
      slate.push(title);
      break;
    }
  }
  return slate;
}

function genreWeights(taste: Taste): Float64Array {
  return Float64Array.from(taste.genres, (weight) => Math.exp(1.2 * weight));
}

function bestOf(
  world: FilmWorld,
  taste: Taste,
  context: AffinityContext,
  pool: TitlePool,
  random: Random,
): number {
  let best = -1;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < COMPARED; i++) {
    const title = pool.popular(random);
    if (title < 0) return -1;
    const value = affinity(world, taste, title, context);
    if (value > bestValue) {
      best = title;
      bestValue = value;
    }
  }
  return best;
}
