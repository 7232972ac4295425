/**
 * Who is likely to come within the next hour: how often somebody has come lately, times how much of that was at this hour
 * of the day. Counts halve every two weeks; hours are UTC, smoothed over their neighbours, because nobody is punctual.
 * A guess that is wrong costs some milliseconds of a quiet hour, so it is kept this simple.
 */
import { DAY_MS, type Device, HOUR_MS, MINUTE_MS, type ProfileId } from '@marquee/domain';

const HALF_LIFE_MS = 14 * DAY_MS;
/** What somebody does within so much time of what they did before is one visit. */
const VISIT_MS = 30 * MINUTE_MS;
const HOURS = 24;
/** Who comes at 20 h may come at 19 or 21 h. */
const NEIGHBOUR = 0.5;
/** Visits spread evenly over the day that are assumed of everybody. */
const PRIOR_VISITS = 1;

interface Habit {
  /** Decayed to `lastAt`. */
  readonly hours: Float32Array;
  visits: number;
  lastAt: number;
  device: Device | undefined;
}

export interface Arrival {
  readonly profileId: ProfileId;
  /** Expected visits within the next hour. */
  readonly expected: number;
  /** That they came with last. */
  readonly device: Device | undefined;
}

export class ArrivalModel {
  readonly #habits = new Map<ProfileId, Habit>();
  readonly #everybody = new Float64Array(HOURS);
  readonly #maxProfiles: number;

  /** @param maxProfiles those who have not come for longest are forgotten; some 200 bytes each */
  constructor(maxProfiles = 200_000) {
    this.#maxProfiles = maxProfiles;
  }

  get size(): number {
    return this.#habits.size;
  }

  /** Something that only somebody who is there does. Late and repeated reports do little harm. */
  seen(profileId: ProfileId, at: number, device: Device | undefined): void {
    let habit = this.#habits.get(profileId);
    if (habit === undefined) {
      habit = {
        hours: new Float32Array(HOURS),
        visits: 0,
        lastAt: Number.NEGATIVE_INFINITY,
        device: undefined,
      };
    } else {
      // Last in the order of insertion: the latest.
      this.#habits.delete(profileId);
    }
    this.#habits.set(profileId, habit);
    if (device !== undefined) habit.device = device;
    const elapsed = at - habit.lastAt;
    if (elapsed > 0) {
      if (Number.isFinite(elapsed)) {
        const left = 2 ** (-elapsed / HALF_LIFE_MS);
        habit.visits *= left;
        for (let hour = 0; hour < HOURS; hour++) habit.hours[hour]! *= left;
      }
      habit.lastAt = at;
    }
    if (Math.abs(elapsed) > VISIT_MS) {
      const hour = hourOf(at);
      // Of a visit that is reported late, what is left of it.
      const weight = elapsed > 0 ? 1 : 2 ** (elapsed / HALF_LIFE_MS);
      habit.visits += weight;
      habit.hours[hour]! += weight;
      this.#everybody[hour]!++;
    }
    if (this.#habits.size > this.#maxProfiles) {
      const oldest = this.#habits.keys().next().value;
      if (oldest !== undefined) this.#habits.delete(oldest);
    }
  }

  forget(profileId: ProfileId): void {
    this.#habits.delete(profileId);
  }

  /** The `limit` likeliest within the hour after `now`, likeliest first; who is here now needs no page made ahead. */
  likeliest(now: number, limit: number): readonly Arrival[] {
    const hour = hourOf(now + HOUR_MS / 2);
    const arrivals: Arrival[] = [];
    for (const [profileId, habit] of this.#habits) {
      if (now - habit.lastAt < VISIT_MS) continue;
      arrivals.push({ profileId, expected: expectedVisits(habit, hour, now), device: habit.device });
    }
    arrivals.sort((a, b) => b.expected - a.expected || (a.profileId < b.profileId ? -1 : 1));
    return arrivals.slice(0, limit);
  }

  /** Whether more come at this hour than on average, of all that were seen; false while that is not known. */
  isPeak(now: number, factor = 1.25): boolean {
    const total = this.#everybody.reduce((sum, count) => sum + count, 0);
    return total >= HOURS && this.#everybody[hourOf(now)]! > (factor * total) / HOURS;
  }
}

function expectedVisits({ hours, visits, lastAt }: Habit, hour: number, now: number): number {
  const left = 2 ** (-Math.max(0, now - lastAt) / HALF_LIFE_MS);
  const at = (h: number): number => hours[(h + HOURS) % HOURS]!;
  const near = (at(hour) + NEIGHBOUR * (at(hour - 1) + at(hour + 1))) / (1 + 2 * NEIGHBOUR);
  const share = (near + PRIOR_VISITS / HOURS) / (visits + PRIOR_VISITS);
  // At a steady rate r a count that halves in h has the value r × h / ln 2.
  const perDay = (visits * left * Math.LN2) / (HALF_LIFE_MS / DAY_MS);
  return perDay * share;
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) % HOURS;
}
