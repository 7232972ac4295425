/**
 * From a profile to its variants. Pure and sticky: the answer depends on the snapshot, the profile's id and
 * segment, and on `now` only through the experiments' dates.
 *
 * What moves when the configuration changes is as little as can be:
 * - buckets and variants are drawn with different salts, so growing an experiment's bucket range moves nobody
 *   who was in it already;
 * - variants are drawn by weighted rendezvous hashing (Thaler and Ravishankar 1998; weights after Schindelhauer
 *   and Schomaker 2005): each variant scores `-weight / ln(u)` with its own uniform `u`, the highest wins.
 *   Raising one variant's weight only moves profiles into it, adding a variant only into the new one.
 */
import { hash32, type ProfileId, type Segment } from '@marquee/domain';
import {
  BUCKETS,
  type Experiment,
  type ExperimentsSnapshot,
  type Holdout,
  type ParameterValue,
  type Variant,
} from './snapshot.ts';

export interface AssignmentQuery {
  readonly profileId: ProfileId;
  readonly segment?: Segment;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Assignment {
  /** Experiment key → variant key, for the experiments that run for this profile now. */
  readonly assignments: Readonly<Record<string, string>>;
  /** True for profiles that are kept out of every layer. */
  readonly holdout: boolean;
  /** The assigned variants' parameters together; no two layers share a name. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export function assign(snapshot: ExperimentsSnapshot, query: AssignmentQuery): Assignment {
  const holdouts = snapshot.holdouts.filter((holdout) => isHeldOut(holdout, query.profileId));
  if (holdouts.some((holdout) => holdout.layerKeys === undefined)) {
    return { assignments: {}, holdout: true, parameters: {} };
  }
  const assignments: Record<string, string> = {};
  const parameters: Record<string, ParameterValue> = {};
  for (const layer of snapshot.layers) {
    if (holdouts.some((holdout) => holdout.layerKeys?.includes(layer.key))) continue;
    const bucket = bucketOf(layer.salt, query.profileId);
    const experiment = snapshot.experiments.find(
      (candidate) =>
        candidate.layerKey === layer.key &&
        candidate.buckets.from <= bucket &&
        bucket < candidate.buckets.to &&
        isRunning(candidate, query.now),
    );
    if (experiment === undefined || !isTargeted(experiment, query.segment)) continue;
    const variant = drawVariant(experiment, query.profileId);
    assignments[experiment.key] = variant.key;
    Object.assign(parameters, variant.parameters);
  }
  return { assignments, holdout: false, parameters };
}

export function isRunning(experiment: Experiment, now: number): boolean {
  return (
    experiment.status === 'RUNNING' &&
    experiment.startsAt <= now &&
    (experiment.endsAt === undefined || now < experiment.endsAt)
  );
}

function isTargeted(experiment: Experiment, segment: Segment | undefined): boolean {
  return (
    experiment.segments === undefined || (segment !== undefined && experiment.segments.includes(segment))
  );
}

function isHeldOut(holdout: Holdout, profileId: ProfileId): boolean {
  return bucketOf(holdout.salt, profileId) < holdout.buckets;
}

function bucketOf(salt: string, profileId: ProfileId): number {
  return hash32(`${salt}:${profileId}`) % BUCKETS;
}

function drawVariant(experiment: Experiment, profileId: ProfileId): Variant {
  let winner = experiment.variants[0]!;
  let best = Number.NEGATIVE_INFINITY;
  for (const variant of experiment.variants) {
    // Strictly between 0 and 1, so that the logarithm is finite and not zero.
    const uniform = (hash32(`${experiment.salt}:${variant.key}:${profileId}`) + 0.5) / 2 ** 32;
    const score = -variant.weight / Math.log(uniform);
    if (score > best) {
      best = score;
      winner = variant;
    }
  }
  return winner;
}
