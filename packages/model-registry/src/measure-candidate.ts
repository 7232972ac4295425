/** Measures a candidate and what is in production side by side: the same rows, the same run, in scoring threads. */
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import type { ModelRuntime, ServedInputs } from '@marquee/model-runtime';
import { inputDifferences } from '@marquee/model-runtime';
import { deadlineAfter, MarqueeError } from '@marquee/service-kit';
import { examine } from './gates/examine.ts';
import { examineUntrained, groupInstants } from './gates/examine-untrained.ts';
import type { Contender, Findings, Latency } from './gates/gate.ts';
import type { NamedHoldout } from './holdout/holdout-folder.ts';
import type { ModelRegistry } from './model-registry.ts';

const LATENCY_ROWS = 1_000;
const LATENCY_RUNS = 200;
const SCORED_ROWS = 2_000;
const SCORING_MS = 10_000;

export interface MeasureCandidate {
  readonly registry: Pick<ModelRegistry, 'verify' | 'modelsFolder'>;
  readonly candidate: string;
  /** Undefined: nothing is in production. */
  readonly production: string | undefined;
  readonly holdout: NamedHoldout;
  readonly served: ServedInputs;
  /** A runtime for the served columns that nobody has started; called once for each model. */
  readonly makeRuntime: () => ModelRuntime;
  /** Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/**
 * A candidate that cannot be loaded is a finding, not an error; so is a production model that cannot.
 * @throws MarqueeError BAD_USER_INPUT for a holdout set of other columns than are served; NOT_FOUND for an unknown candidate.
 */
export async function measureCandidate(options: MeasureCandidate): Promise<Findings> {
  const { registry, holdout, served, makeRuntime } = options;
  const differences = inputDifferences(
    { input: { name: '', columns: [...holdout.columns] }, featureViews: { ...holdout.featureViews } },
    served,
  );
  if (differences.length > 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `the holdout set ${holdout.name} is outdated: ${differences.join('; ')}`,
    );
  }
  const { name, from, to } = holdout;
  const common = {
    ...{ served, untrained: examineUntrained(holdout) },
    holdout: { name, from, to, groupsAt: groupInstants(holdout) },
  };
  const runtimes = [makeRuntime(), makeRuntime()] as const;
  try {
    const ours = await load(registry, options.candidate, runtimes[0], served);
    if ('refusal' in ours) return { ...common, candidate: undefined, production: undefined, ...ours };
    const theirs =
      options.production === undefined
        ? undefined
        : await load(registry, options.production, runtimes[1], served);
    const loaded = theirs === undefined || 'refusal' in theirs ? [ours] : [ours, theirs];
    const latencies = await measureLatencies(
      loaded.map(({ runtime }) => runtime),
      served.columns.length,
      options,
    );
    const contenders: Contender[] = [];
    for (const [i, { runtime, manifest }] of loaded.entries()) {
      const { scores, order } = await predictAll(runtime, holdout, options.signal);
      const examination = examine(scores, holdout, order);
      contenders.push({ manifest, examination, latency: latencies[i]! });
    }
    return { ...common, candidate: contenders[0], production: contenders[1] };
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.stop()));
  }
}

async function load(
  registry: MeasureCandidate['registry'],
  version: string,
  runtime: ModelRuntime,
  served: ServedInputs,
) {
  let gate: NonNullable<Findings['refusal']>['gate'] = 'checksum';
  try {
    const { manifest } = await registry.verify(version);
    gate = inputDifferences(manifest, served).length > 0 ? 'feature-schema' : 'runs';
    await runtime.start();
    await runtime.load(join(registry.modelsFolder, version));
    return { runtime, manifest };
  } catch (error) {
    if (!(error instanceof MarqueeError) || error.code === 'NOT_FOUND') throw error;
    return { refusal: { gate, reason: error.message } };
  }
}

/** In turns, so that what slows the machine slows all of them. The matrix is the same for every run and every model. */
async function measureLatencies(
  runtimes: readonly ModelRuntime[],
  columns: number,
  { seed = 1, signal }: MeasureCandidate,
): Promise<readonly Latency[]> {
  const random = createRandom(seed);
  const matrix = Float32Array.from({ length: LATENCY_ROWS * columns }, () => random.next());
  const times = runtimes.map(() => new Float64Array(LATENCY_RUNS));
  for (let run = 0; run < LATENCY_RUNS; run++) {
    signal?.throwIfAborted();
    for (let turn = 0; turn < runtimes.length; turn++) {
      // Who comes first changes: what the one before left in the caches is nobody's advantage.
      const i = (turn + run) % runtimes.length;
      const runtime = runtimes[i]!;
      const startedAt = performance.now();
      await runtime.score({ matrix, rows: LATENCY_ROWS, columns, deadline: deadlineAfter(SCORING_MS) });
      times[i]![run] = performance.now() - startedAt;
    }
  }
  const at = (sorted: Float64Array, share: number): number => sorted[Math.ceil(share * LATENCY_RUNS) - 1]!;
  return times.map((each) => {
    const sorted = each.sort();
    return { p50: at(sorted, 0.5), p99: at(sorted, 0.99) };
  });
}

async function predictAll(
  runtime: ModelRuntime,
  { matrix, rows, columns: { length: columns } }: NamedHoldout,
  signal: AbortSignal | undefined,
): Promise<{ readonly scores: Float32Array; readonly order: Float32Array }> {
  const scores = new Float32Array(rows);
  const order = new Float32Array(rows);
  for (let from = 0; from < rows; from += SCORED_ROWS) {
    signal?.throwIfAborted();
    const to = Math.min(rows, from + SCORED_ROWS);
    const part = matrix.subarray(from * columns, to * columns);
    const deadline = deadlineAfter(SCORING_MS);
    const { probability, value } = await runtime.predict({
      matrix: part,
      rows: to - from,
      columns,
      deadline,
    });
    scores.set(probability, from);
    // As a page does: by what a title is worth, where the model says so.
    order.set(value ?? probability, from);
  }
  return { scores, order };
}
