/**
 * From affinity to behaviour. Given that a viewer examines a title, they play it with a probability that grows
 * with affinity; a play is abandoned, watched in part or finished, again by affinity; within each of the three the
 * watched time is uniform. All of it has a closed form, so the expected watch time is known and not estimated.
 */
import { ABANDONMENT_SECONDS, type Random } from '@marquee/domain';
import type { AffinityContext } from './affinity.ts';

export interface WatchContext extends AffinityContext {
  /** The viewer has finished the title before. Default false. */
  readonly seen?: boolean;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** A title seen before is played this many times less often. */
const SEEN_FACTOR = 0.15;
const SHORTEST_SECONDS = 15;

export function playProbability(affinity: number, seen = false): number {
  return sigmoid(-4.1 + 1.25 * affinity) * (seen ? SEEN_FACTOR : 1);
}

export interface Outcomes {
  /** Stopped within the first minutes: seconds uniform in [low, high). */
  readonly abandon: Outcome;
  /** Stopped on the way. */
  readonly partial: Outcome;
  /** Watched to the credits. */
  readonly finish: Outcome;
}
interface Outcome {
  readonly probability: number;
  readonly low: number;
  readonly high: number;
}

/** What happens to a play, as a mixture of three uniforms. */
export function outcomes(affinity: number, runtimeSeconds: number): Outcomes {
  const abandon = sigmoid(-0.3 - 0.6 * affinity);
  const finish = (1 - abandon) * sigmoid(-0.6 + 0.6 * affinity);
  const soon = Math.min(ABANDONMENT_SECONDS, runtimeSeconds / 2);
  return {
    abandon: { probability: abandon, low: Math.min(SHORTEST_SECONDS, soon), high: soon },
    partial: { probability: 1 - abandon - finish, low: soon, high: 0.88 * runtimeSeconds },
    finish: { probability: finish, low: 0.92 * runtimeSeconds, high: runtimeSeconds },
  };
}

/** Expected seconds of a play that has begun. */
export function expectedSecondsOfPlay(affinity: number, runtimeSeconds: number): number {
  const { abandon, partial, finish } = outcomes(affinity, runtimeSeconds);
  return mean(abandon) + mean(partial) + mean(finish);
}

const mean = ({ probability, low, high }: Outcome): number => (probability * (low + high)) / 2;

export interface SampledPlay {
  readonly outcome: keyof Outcomes;
  /** Whole seconds, within the runtime. */
  readonly watchedSeconds: number;
}

export function samplePlay(affinity: number, runtimeSeconds: number, random: Random): SampledPlay {
  const all = outcomes(affinity, runtimeSeconds);
  const draw = random.next();
  const outcome =
    draw < all.abandon.probability
      ? 'abandon'
      : draw < all.abandon.probability + all.finish.probability
        ? 'finish'
        : 'partial';
  const { low, high } = all[outcome];
  return { outcome, watchedSeconds: Math.round(low + (high - low) * random.next()) };
}
