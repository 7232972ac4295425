/** Looks after models on their way to production, every few seconds, as long as this copy leads. */
import { type Component, type Logger, type Metrics, READY, type Readiness } from '@marquee/service-kit';
import { promoteRetrievalStep, type RetrievalPromoterDeps } from './promote-retrieval-step.ts';
import {
  MODEL_PROMOTER,
  type PromoterDeps,
  type PromotionPolicy,
  promoteStep,
  type Step,
} from './promote-step.ts';

const LOOK_EVERY_MS = 10_000;

export interface ModelPromoterDeps extends PromoterDeps {
  readonly metrics?: Metrics;
  /** Lines of what finds candidates; those that are not among them are moved by hand only. */
  readonly retrieval?: readonly Omit<RetrievalPromoterDeps, 'signal'>[];
  /** Asked before every look. Default: always. */
  readonly leads?: () => boolean;
  /** Tells those who cannot see the registry; after every move, and repeatable. */
  publish(): Promise<void>;
}

export interface ModelPromoterOptions {
  readonly policy: PromotionPolicy;
  readonly lookEveryMs?: number;
}

export interface ModelPromoter extends Component {
  /** Looks now; one look at a time. @returns what became of a ranker, or of what finds candidates where no ranker is on its way */
  look(): Promise<Step>;
}

export function createModelPromoter(deps: ModelPromoterDeps, options: ModelPromoterOptions): ModelPromoter {
  const { leads = () => true, metrics } = deps;
  const { policy, lookEveryMs = LOOK_EVERY_MS } = options;
  const logger: Logger = deps.logger.child({ component: MODEL_PROMOTER });
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let problem: string | undefined;
  let last: Step | undefined;
  /** A move was made that nobody may have been told of: ours, or that of a copy that ended before it could. */
  let untold = true;

  async function tell(): Promise<void> {
    if (untold) await deps.publish();
    untold = false;
  }

  async function step(): Promise<Step> {
    // First: a lake that cannot be read keeps nobody from hearing what was decided.
    await tell();
    const ranker = await promoteStep({ ...deps, logger, signal: stopping.signal }, policy);
    note(ranker);
    await tell();
    const steps = [ranker];
    for (const line of deps.retrieval ?? []) {
      const made = await promoteRetrievalStep({ ...line, signal: stopping.signal }, policy.gates);
      note(made);
      await tell();
      steps.push(made);
    }
    last = steps.find(({ version }) => version !== undefined) ?? ranker;
    problem = undefined;
    return last;
  }

  function note(made: Step): void {
    if (made.to === undefined) return;
    untold = true;
    metrics?.count('marquee_model_moves_total', {
      kind: made.to === 'archived' ? 'reject' : 'promote',
      to: made.to,
    });
    logger.info({ ...made }, 'a model was moved');
  }

  function look(): Promise<Step> {
    const looked = turn.then(step);
    turn = looked.catch(() => undefined);
    return looked;
  }

  function plan(): void {
    timer = setTimeout(async () => {
      try {
        if (leads()) await look();
      } catch (error) {
        if (!stopping.signal.aborted) {
          problem = error instanceof Error ? error.message : String(error);
          logger.error({ err: error }, 'models on their way could not be looked after');
        }
      }
      if (!stopping.signal.aborted) plan();
    }, lookEveryMs);
    timer.unref();
  }

  return {
    name: MODEL_PROMOTER,
    async start() {
      if (timer === undefined) plan();
    },
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await turn;
    },
    readiness(): Readiness {
      if (problem !== undefined) return { ready: true, detail: `models do not move: ${problem}` };
      if (last?.version === undefined) return READY;
      return { ready: true, detail: `${last.version} in ${last.to ?? last.from}: ${last.why}` };
    },
    look,
  };
}
