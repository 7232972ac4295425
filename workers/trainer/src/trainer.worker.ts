/**
 * Decides when to train and has it done in a process of its own. Looks at the lake every minute; one training at a time; what it trains is a
 * candidate, and the model-promoter's business from there on.
 */
import { type Clock, QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import { openLake } from '@marquee/event-lake';
import { productionOf, RETRIEVAL_LINES, retrievalRegistry } from '@marquee/model-registry';
import {
  type Component,
  isMarqueeError,
  type Logger,
  type Metrics,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import { RunLog } from './runs/run-log.ts';
import type { TrainedModel, TrainingRequest, TrainingRun } from './runs/training-run.ts';
import { dueReason, type Schedule } from './schedule.ts';

export const TRAINER = 'trainer';

const CHECK_EVERY_MS = 60_000;
const LAKE_MEMORY_MEGABYTES = 128;
const LOOKED_BACK = 50;

export interface TrainerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Asked before a training is begun and while it runs. Default: always. */
  readonly leads?: () => boolean;
  /** Has a training run to its end; resolves with its record. */
  launch(request: TrainingRequest, signal: AbortSignal): Promise<TrainingRun>;
}

export interface TrainerOptions {
  readonly schedule: Schedule;
  /** Of every training; the run's own particulars are filled in. */
  readonly request: Omit<TrainingRequest, 'runId' | 'now' | 'by' | 'why' | 'model'>;
  /**
   * What is trained, each by the schedule, the first that is due first. Default: the ranker, and of what finds candidates whatever
   * serves.
   */
  readonly models?: readonly TrainedModel[];
  /** Before the first training, what the schedule counts from, epoch milliseconds. Default: a first one is due at once. */
  readonly since?: number;
  readonly checkEveryMs?: number;
}

export interface Asked {
  readonly by: string;
  readonly why: string;
  /** Default: the ranker. */
  readonly model?: TrainedModel;
}

export interface Trainer extends Component {
  /** Trains now, unless a training runs. @returns its record; undefined when one runs already. */
  train(asked: Asked): Promise<TrainingRun | undefined>;
}

export function createTrainer(deps: TrainerDeps, options: TrainerOptions): Trainer {
  const { clock, metrics, leads = () => true } = deps;
  const { schedule, checkEveryMs = CHECK_EVERY_MS, models } = options;
  const logger = deps.logger.child({ component: TRAINER });
  const log = new RunLog(options.request.modelsFolder);
  const { modelsFolder } = options.request;
  const retrieval = RETRIEVAL_LINES.map((line) => ({
    line,
    registry: retrievalRegistry(line, { modelsFolder, clock }),
  }));
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<TrainingRun> | undefined;
  let looking: Promise<void> = Promise.resolve();
  let problem: string | undefined;

  async function look(): Promise<void> {
    if (!leads() || running !== undefined) return;
    const all = await log.list(LOOKED_BACK);
    for (const model of models ?? (await whatServes())) {
      const runs = all.filter(({ request }) => (request.model ?? 'ranking') === model);
      const finished = runs.find(({ state }) => state === 'succeeded' || state === 'skipped');
      const due = dueReason(clock.now(), schedule, {
        lastEndedAt: endOf(runs.find(({ state }) => state !== 'running')),
        lastFinishedAt: endOf(finished) ?? options.since,
        newWatches: schedule.newWatches > 0 ? await watchesSince(finished) : 0,
      });
      if (due === undefined) continue;
      await begin({ by: TRAINER, why: due, model });
      // What another has waited for meanwhile is asked at the next look.
      return;
    }
  }

  async function whatServes(): Promise<readonly TrainedModel[]> {
    const serving: TrainedModel[] = ['ranking'];
    for (const { line, registry } of retrieval) {
      if (productionOf((await registry.current()).state) !== undefined) serving.push(line);
    }
    return serving;
  }

  function begin(asked: Asked): Promise<TrainingRun> {
    const now = clock.now();
    const runId = new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '-');
    const request: TrainingRequest = { ...options.request, ...asked, runId, now };
    logger.info({ runId, model: asked.model, why: asked.why }, 'a training begins');
    // A copy that does not lead any more must not register what another one trains, too.
    const deposed = new AbortController();
    const watch = setInterval(() => void (leads() || deposed.abort()), 1_000);
    watch.unref();
    running = deps
      .launch(request, AbortSignal.any([stopping.signal, deposed.signal]))
      .then((run) => {
        note(run);
        return run;
      })
      .finally(() => {
        clearInterval(watch);
        running = undefined;
      });
    return running;
  }

  function note(run: TrainingRun): void {
    const { state, result, durationSeconds, problem: why } = run;
    metrics?.count('marquee_training_runs_total', { outcome: state });
    metrics?.observe('marquee_training_seconds', durationSeconds ?? 0);
    problem = state === 'failed' || state === 'interrupted' ? (why ?? state) : undefined;
    const facts = { runId: run.request.runId, state, model: result?.model, durationSeconds };
    if (problem === undefined) logger.info(facts, 'a training has ended');
    else logger.error({ ...facts, problem }, 'a training has failed');
  }

  async function watchesSince(finished: TrainingRun | undefined): Promise<number> {
    const { lakeFolder: folder } = options.request;
    const known = finished?.result?.lake ?? {};
    try {
      const reader = await openLake({ folder, memoryMegabytes: LAKE_MEMORY_MEGABYTES });
      try {
        const unknown = Object.entries(known).map(
          ([partition, sequence]) =>
            `(log_partition = ${Number(partition)} AND sequence <= ${Number(sequence)})`,
        );
        const [row] = await reader.query(
          `SELECT count(*)::INTEGER AS n FROM events
           WHERE type = 'PLAY_STOP' AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}
           ${unknown.length === 0 ? '' : `AND NOT (${unknown.join(' OR ')})`}`,
        );
        return Number(row?.n ?? 0);
      } finally {
        await reader.close();
      }
    } catch (error) {
      // Nothing has been written to it yet.
      if (isMarqueeError(error, 'NOT_FOUND')) return 0;
      throw error;
    }
  }

  function plan(): void {
    timer = setTimeout(() => {
      looking = look()
        .catch((error: unknown) =>
          logger.error({ err: error }, 'it cannot be told whether a training is due'),
        )
        .then(() => {
          if (!stopping.signal.aborted) plan();
        });
    }, checkEveryMs);
    timer.unref();
  }

  return {
    name: TRAINER,
    async start() {
      if (timer === undefined) plan();
    },
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await looking;
      await running?.catch(() => undefined);
    },
    readiness(): Readiness {
      if (running !== undefined) return { ready: true, detail: 'training' };
      return problem === undefined ? READY : { ready: true, detail: `the last training failed: ${problem}` };
    },
    async train(asked) {
      return running === undefined ? begin(asked) : undefined;
    },
  };
}

function endOf(run: TrainingRun | undefined): number | undefined {
  return run?.finishedAt == null ? undefined : Date.parse(run.finishedAt);
}
