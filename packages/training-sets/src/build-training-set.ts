/** A training set from the event lake: what was decided, what came of it, what was known then. */
import type { Clock } from '@marquee/domain';
import { requireWhole } from '@marquee/event-lake';
import { profileStateView, titleNeighboursView, titlePopularityView } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import { type BuildSettings, DEFAULT_SETTINGS } from './build-options.ts';
import type { Example } from './example.ts';
import {
  type ExampleFeaturesOptions,
  exampleFeatures,
  requirePointInTime,
} from './features/example-features.ts';
import { checkLeaks } from './features/leak-check.ts';
import { learnFromPast } from './features/past-signals.ts';
import { planDecisions } from './plan/plan-decisions.ts';
import { temporalSplit } from './plan/temporal-split.ts';
import { EXAMPLE_COLUMNS } from './store/example-columns.ts';
import type { TrainingSetManifest } from './store/manifest.ts';
import { readManifest } from './store/read-training-set.ts';
import { writeTrainingSet } from './store/write-training-set.ts';

export interface BuildProgress {
  phase(name: string, total?: number): void;
  update(done: number): void;
}

export interface BuildOptions
  extends Pick<
    ExampleFeaturesOptions,
    'reader' | 'titles' | 'vectorOf' | 'makeStore' | 'makeRows' | 'signal'
  > {
  /** Folder of training sets. */
  readonly folder: string;
  readonly settings: Partial<BuildSettings> & Pick<BuildSettings, 'seed'>;
  readonly clock: Clock;
  readonly codeVersion: string;
  /** How often the log is cut to see whether the future matters; each costs a replay. Default 1, 0: not at all. */
  readonly leakCuts?: number;
  readonly learnFromPast?: ExampleFeaturesOptions['learnFromPast'];
  readonly progress?: BuildProgress;
}

const QUIET: BuildProgress = { phase: () => undefined, update: () => undefined };

/**
 * Deterministic: the same lake, settings and code give the same examples.
 *
 * @returns the folder and its manifest
 * @throws MarqueeError DATA_CORRUPT for a damaged lake, or a feature that knows the future; BAD_USER_INPUT for a window
 *   without decisions or with one class only. Nothing is written then.
 */
export async function buildTrainingSetFromLake(
  options: BuildOptions,
): Promise<{ folder: string; manifest: TrainingSetManifest }> {
  const { reader, titles, clock, progress = QUIET, leakCuts = 1 } = options;
  const settings: BuildSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  progress.phase('reading every file of the lake', reader.files.length);
  await requireWhole(reader, (done) => progress.update(done));
  progress.phase('slates, impressions and outcomes');
  const plan = await planDecisions(reader, titles, settings, (done) => progress.update(done));
  const { decisions } = plan;
  const positives = decisions.filter(({ outcome }) => outcome.qualified).length;
  if (positives === 0 || (positives === decisions.length && settings.randomNegatives === 0)) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `${positives} of ${decisions.length} decisions are qualified watches: nothing can be learned from one class`,
    );
  }
  progress.phase('features, by replay where none are logged');
  const featureOptions: ExampleFeaturesOptions = {
    ...options,
    learnFromPast: options.learnFromPast ?? learnFromPast,
    randomNegatives: settings.randomNegatives,
    seed: settings.seed,
    onProgress: (events) => progress.update(events),
  };
  const { examples, exclusions, learnedBefore } = await exampleFeatures(decisions, featureOptions);
  requirePointInTime(examples);
  if (leakCuts > 0) progress.phase('whether the future matters');
  const leakCheck = await checkLeaks(examples, decisions, leakCuts, featureOptions);

  const ordered = inOrder(examples);
  const split = temporalSplit(decisions, settings.split);
  progress.phase('writing', ordered.length);
  const folder = await writeTrainingSet({
    folder: options.folder,
    examples: ordered,
    contextOf: ({ decision }) => ({ split: split.splitOf(decision), end: plan.window.to }),
    manifest: {
      version: instant(clock.now()).replace(/[-:]/g, '').replace(/\..*$/, 'Z'),
      createdAt: instant(clock.now()),
      window: { from: instant(plan.window.from), to: instant(plan.window.to) },
      lake: Object.fromEntries([...reader.positions].map(([partition, sequence]) => [partition, sequence])),
      seed: settings.seed,
      codeVersion: options.codeVersion,
      settings: { ...settings },
      rows: ordered.length,
      counts: {
        label: tally(ordered, ({ kind, decision }) => {
          if (kind === 'random-negative' || !decision.outcome.played) return 'not-played';
          if (decision.outcome.qualified) return 'qualified';
          return decision.outcome.abandoned ? 'abandoned' : 'played-briefly';
        }),
        kind: tally(ordered, ({ kind }) => kind),
        split: tally(ordered, ({ decision }) => split.splitOf(decision)),
        featureOrigin: tally(ordered, ({ origin }) => origin),
      },
      exclusions: { ...plan.exclusions, ...exclusions },
      split: { validationFrom: instantOrNone(split.validationFrom), testFrom: instantOrNone(split.testFrom) },
      learnedBefore: learnedBefore ?? null,
      leakCheck,
      featureViews: Object.fromEntries(
        [profileStateView, titlePopularityView, titleNeighboursView].map(({ name, version }) => [
          name,
          version,
        ]),
      ),
      columns: EXAMPLE_COLUMNS.map(({ name, type, meaning }) => ({ name, type: String(type), meaning })),
    },
  });
  return { folder, manifest: await readManifest(folder) };
}

/** By decision, a positive before its negatives. */
function inOrder(examples: readonly Example[]): readonly Example[] {
  const ofKind = ({ kind }: Example): number => (kind === 'random-negative' ? 1 : 0);
  return [...examples].sort(
    (a, b) => a.decision.place - b.decision.place || ofKind(a) - ofKind(b) || (a.id < b.id ? -1 : 1),
  );
}

function tally(examples: readonly Example[], by: (example: Example) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const example of examples) {
    const key = by(example);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

/** A part that is not wanted has no beginning. */
function instantOrNone(at: number): string | null {
  return Number.isFinite(at) ? instant(at) : null;
}
