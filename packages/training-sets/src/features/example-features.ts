/**
 * Decisions become examples: with the logged features where there are some, else with those of a replay to just before the
 * decision. Random negatives are always of a replay, at the instant and place of their positive's features.
 */
import { createRandom, type Device, type Random } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { MarqueeError } from '@marquee/service-kit';
import type { Decision, Example } from '../example.ts';
import { DECISIONS } from '../plan/decisions.sql.ts';
import type { TitleSource } from '../plan/plan-decisions.ts';
import { deviceOf, type LoggedItem, readLoggedFeatures } from './logged-features.ts';
import type { LearnFromPast } from './past-signals.ts';
import { type ReplayFeaturesOptions, replayFeatures } from './replay-features.ts';
import { createRowMaker, type LearnedSignals, type MakeRow, type RowMaker } from './row-maker.ts';

export interface ExampleFeaturesOptions
  extends Pick<ReplayFeaturesOptions, 'makeStore' | 'onProgress' | 'signal'> {
  readonly reader: LakeReader;
  readonly titles: TitleSource;
  readonly vectorOf: (id: string) => Float32Array | undefined;
  readonly learnFromPast: LearnFromPast;
  /** How rows are made; replaced by tests that plant a fault. Default: `createRowMaker`. */
  readonly makeRows?: ((signals: LearnedSignals, until: number | undefined) => RowMaker) | undefined;
  readonly randomNegatives: number;
  readonly seed: number;
}

export interface ExampleFeatures {
  readonly examples: readonly Example[];
  readonly exclusions: Readonly<Record<string, number>>;
  /** Of the last decision that what was learned from the past may know; undefined where no row was replayed. */
  readonly learnedBefore: number | undefined;
}

/** A moment whose state is needed: for the decision itself, or for its negatives alone. */
interface Moment {
  readonly decision: Decision;
  /** The logged row; the moment is then the slate's. */
  readonly logged: Float32Array | undefined;
  readonly place: number;
  readonly at: number;
  readonly device: Device | undefined;
}

/** @param before only what stands before this place of the log is read */
export async function exampleFeatures(
  decisions: readonly Decision[],
  options: ExampleFeaturesOptions,
  before?: number,
): Promise<ExampleFeatures> {
  const logged = await loggedRows(options.reader, decisions);
  const examples: Example[] = [];
  const out: Record<string, number> = { ...logged.exclusions };
  const moments = new Map<number, Moment[]>();
  let first: Moment | undefined;
  for (const decision of decisions) {
    const row = logged.rows.get(decision.id);
    const moment = momentOf(decision, row);
    if (moment.place >= (before ?? Number.POSITIVE_INFINITY)) continue;
    if (row !== undefined) examples.push(exampleOf(moment, row));
    if (row !== undefined && !(decision.outcome.qualified && options.randomNegatives > 0)) continue;
    if (first === undefined || moment.place < first.place) first = moment;
    const others = moments.get(moment.place);
    if (others === undefined) moments.set(moment.place, [moment]);
    else others.push(moment);
  }
  if (first === undefined) return { examples, exclusions: out, learnedBefore: undefined };

  const signals = await options.learnFromPast({
    reader: options.reader,
    before: first.place,
    at: first.at,
    seed: options.seed,
    until: before,
    signal: options.signal,
  });
  const makeRows = options.makeRows ?? ((learned) => createRowMaker({ ...options, signals: learned }));
  const rowMaker = makeRows(signals, before);
  const random = createRandom(options.seed);
  await replayFeatures({
    ...options,
    ...(before !== undefined && { before }),
    slateMarks: DECISIONS,
    at(state, { sequence }, popularity) {
      for (const moment of moments.get(sequence) ?? []) {
        const makeRow = rowMaker(state, { now: moment.at, device: moment.device });
        const { decision } = moment;
        if (moment.logged === undefined) {
          const row = makeRow(decision.titleId, popularity(decision.titleId));
          if (row !== undefined) examples.push(exampleOf(moment, row));
        }
        if (!decision.outcome.qualified) continue;
        const known = new Set(state.history.map(({ titleId }) => titleId));
        const makeNegative: MakeRow = (id) => (known.has(id) ? undefined : makeRow(id, popularity(id)));
        examples.push(...negativesOf(moment, makeNegative, options, random.fork(decision.id)));
      }
      moments.delete(sequence);
    },
  });
  if (moments.size > 0) out['no-state'] = [...moments.values()].reduce((sum, all) => sum + all.length, 0);
  return { examples, exclusions: out, learnedBefore: first.place };
}

async function loggedRows(reader: LakeReader, decisions: readonly Decision[]) {
  const items = new Map<LoggedItem, string>();
  for (const { id, slate } of decisions) {
    if (slate?.item === undefined || slate.place === undefined) continue;
    items.set({ slateId: slate.id, item: slate.item }, id);
  }
  const { rows, ofOtherColumns } = await readLoggedFeatures(reader, [...items.keys()]);
  const exclusions: Record<string, number> = {};
  if (ofOtherColumns > 0) exclusions['replayed-for-other-columns'] = ofOtherColumns;
  return {
    rows: new Map([...rows].map(([item, row]) => [items.get(item)!, row])),
    // They are not left out, but replayed.
    exclusions,
  };
}

function momentOf(decision: Decision, logged: Float32Array | undefined): Moment {
  const { slate } = decision;
  if (logged === undefined || slate?.place === undefined || slate.servedAt === undefined) {
    return {
      decision,
      logged: undefined,
      place: decision.place,
      at: decision.decidedAt,
      device: decision.device,
    };
  }
  // Slates are logged after they were answered: one whose impression came first stands where that does.
  const place = Math.min(slate.place, decision.place);
  return { decision, logged, place, at: slate.servedAt, device: deviceOf(logged) };
}

function exampleOf(moment: Moment, features: Float32Array): Example {
  const { decision, logged, at, place } = moment;
  const { id, kind, titleId } = decision;
  const origin = logged === undefined ? 'replay' : 'logged';
  return { id, groupId: id, kind, titleId, decision, features, origin, featuresAt: at, featuresPlace: place };
}

/** Uniform over the titles there were, without what the viewer had begun. Fewer than wanted where there are hardly any. */
function negativesOf(
  moment: Moment,
  makeRow: MakeRow,
  { titles, randomNegatives }: Pick<ExampleFeaturesOptions, 'titles' | 'randomNegatives'>,
  random: Random,
): Example[] {
  const { decision, at, place } = moment;
  const all = titles.newest();
  const taken = new Set([decision.titleId]);
  const negatives: Example[] = [];
  for (let tries = 0; negatives.length < randomNegatives && tries < randomNegatives * 5; tries++) {
    const titleId = random.pick(all);
    if (taken.has(titleId) || (titles.get(titleId)?.addedAt ?? Number.POSITIVE_INFINITY) > at) continue;
    taken.add(titleId);
    const features = makeRow(titleId, undefined);
    if (features === undefined) continue;
    negatives.push({
      id: `${decision.id}~${titleId}`,
      groupId: decision.id,
      kind: 'random-negative',
      titleId,
      decision,
      features,
      origin: 'replay',
      featuresAt: at,
      featuresPlace: place,
    });
  }
  return negatives;
}

/** @throws MarqueeError INTERNAL_SERVER_ERROR when an example's features are of a time that may know its outcome */
export function requirePointInTime(examples: readonly Example[]): void {
  for (const { id, featuresAt, featuresPlace, decision } of examples) {
    const { place, decidedAt, receivedAt } = decision;
    if (featuresPlace > place || featuresAt > Math.max(decidedAt, receivedAt)) {
      throw new MarqueeError('INTERNAL_SERVER_ERROR', `example ${id} has features of after its decision`);
    }
  }
}
