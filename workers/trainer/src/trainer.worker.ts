/**
 * Decides when to train and has it done in a process of its own. Looks at the lake and at what the monitor found every minute; one training at a
 * time; what it trains is a candidate, and the model-promoter's business from there on.
 */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import type { Clock } from '@marquee/domain';
import {
  COLLABORATIVE_LINE,
  collaborativeRegistry,
  type DriftAlert,
  type DriftReport,
  inForceSince,
  type ModelRegistry,
  productionOf,
  RETRIEVAL_LINES,
  rankerRegistry,
  readDriftReport,
  TWO_TOWER_LINE,
  towerRegistry,
  type VersionManifest,
} from '@marquee/model-registry';
import { type Component, type Logger, type Metrics, READY, type Readiness } from '@marquee/service-kit';
import { driftAsks, driftReason } from './drift-asks.ts';
import { newWatches } from './new-watches.ts';
import { RunLog } from './runs/run-log.ts';
import type { TrainedModel, TrainingRequest, TrainingRun } from './runs/training-run.ts';
import { due, type Schedule } from './schedule.ts';

export const TRAINER = 'trainer';

const CHECK_EVERY_MS = 60_000;
const LOOKED_BACK = 50;

export interface TrainerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Asked before a training is begun and while it runs. Default: always. */
  readonly leads?: () => boolean;
  /** Where the monitor tells what has drifted. Absent: drift asks for nothing. */
  readonly broadcast?: Pick<ConfigurationBroadcast, 'get'>;
  /** Has a training run to its end; resolves with its record. */
  launch(request: TrainingRequest, signal: AbortSignal): Promise<TrainingRun>;
}

export interface TrainerOptions {
  readonly schedule: Schedule;
  /** Of every training; the run's own particulars are filled in. */
  readonly request: Omit<TrainingRequest, 'runId' | 'now' | 'by' | 'why' | 'model' | 'drift'>;
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
  /** Absent: it was not asked for by drift. */
  readonly drift?: readonly DriftAlert[];
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
  const place = { modelsFolder, clock };
  const registries: Readonly<Record<TrainedModel, Registry>> = {
    ranking: rankerRegistry(place),
    [TWO_TOWER_LINE]: towerRegistry(place),
    [COLLABORATIVE_LINE]: collaborativeRegistry(place),
  };
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<TrainingRun> | undefined;
  let looking: Promise<void> = Promise.resolve();
  let problem: string | undefined;
  /** Why a training that drift asks for waits; undefined: none does. */
  let held: string | undefined;

  async function look(): Promise<void> {
    if (!leads() || running !== undefined) return;
    const all = await log.list(LOOKED_BACK);
    const report = await drifted();
    const waits: string[] = [];
    for (const model of models ?? (await whatServes())) {
      const runs = all.filter(({ request }) => (request.model ?? 'ranking') === model);
      const finished = runs.find(({ state }) => state === 'succeeded' || state === 'skipped');
      const { alerts, doubts } = await asksOf(model, report, runs);
      if (alerts.length > 0 && doubts.length > 0)
        waits.push(`${model}: ${driftReason(alerts)}; ${doubts[0]}`);
      const asked = doubts.length > 0 ? [] : alerts;
      const now = due(clock.now(), schedule, {
        lastEndedAt: endOf(runs.find(({ state }) => state !== 'running')),
        lastFinishedAt: endOf(finished) ?? options.since,
        newWatches: schedule.newWatches > 0 ? await newSince(finished) : 0,
        drift: asked.length > 0 ? driftReason(asked) : undefined,
        lastDriftAt: runs.find(wasAskedByDrift)?.request.now,
      });
      if (now === undefined) continue;
      await begin(
        { by: TRAINER, why: now.why, model, ...(now.by === 'drift' && { drift: asked }) },
        { onlyNew: true },
      );
      // What another has waited for meanwhile is asked at the next look.
      return;
    }
    hold(waits.join('; '));
  }

  /** A lake that cannot be asked keeps nobody from a training that is due otherwise; whose record says what is wrong with it. */
  async function newSince(finished: TrainingRun | undefined): Promise<number> {
    try {
      return await newWatches(options, finished);
    } catch (error) {
      logger.warn({ err: error }, 'it cannot be asked how much was watched since the last training');
      return 0;
    }
  }

  /** No alert is worth a training that was due anyway. */
  async function drifted(): Promise<DriftReport | undefined> {
    if (deps.broadcast === undefined || schedule.driftPauseMs === 0) return undefined;
    try {
      return await readDriftReport(deps.broadcast);
    } catch (error) {
      logger.warn({ err: error }, 'it cannot be asked what has drifted');
      return undefined;
    }
  }

  async function asksOf(model: TrainedModel, report: DriftReport | undefined, runs: readonly TrainingRun[]) {
    if (report === undefined || report.alerts.length === 0) return { alerts: [], doubts: [] };
    const registry = registries[model];
    const production = productionOf((await registry.current()).state);
    const servedSince = production === undefined ? undefined : await inForceSince(registry, production);
    return driftAsks(model, report, clock.now(), { runs, servedSince });
  }

  function hold(waits: string): void {
    const before = held;
    held = waits === '' ? undefined : waits;
    if (held !== undefined && held !== before) {
      logger.warn({ waits: held }, 'drift asks for a training of what should be looked at first');
    }
  }

  async function whatServes(): Promise<readonly TrainedModel[]> {
    const serving: TrainedModel[] = ['ranking'];
    for (const line of RETRIEVAL_LINES) {
      if (productionOf((await registries[line].current()).state) !== undefined) serving.push(line);
    }
    return serving;
  }

  /** What somebody asks for by hand may be to learn again what is known. */
  function begin(asked: Asked, more: Pick<TrainingRequest, 'onlyNew'> = {}): Promise<TrainingRun> {
    const now = clock.now();
    const runId = new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '-');
    const { drift, ...particulars } = asked;
    const request: TrainingRequest = {
      ...options.request,
      ...particulars,
      ...(drift && { drift: [...drift] }),
      ...more,
      ...{ runId, now },
    };
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
      if (problem !== undefined) return { ready: true, detail: `the last training failed: ${problem}` };
      return held === undefined ? READY : { ready: true, detail: `drift waits to be looked at: ${held}` };
    },
    async train(asked) {
      return running === undefined ? begin(asked) : undefined;
    },
  };
}

type Registry = Pick<ModelRegistry<VersionManifest>, 'current'>;

/** One that was killed is begun anew, like any other: what is still marked as running was killed, too. */
function wasAskedByDrift({ request, state }: TrainingRun): boolean {
  return request.drift !== undefined && state !== 'interrupted' && state !== 'running';
}

function endOf(run: TrainingRun | undefined): number | undefined {
  return run?.finishedAt == null ? undefined : Date.parse(run.finishedAt);
}
