/** One of several copies leads: it alone does what must be done once. The others stand by and succeed it. */
import { type Component, type Logger, READY, type Readiness } from '@marquee/service-kit';
import type { Lease, Leases } from './index.ts';

export interface Leadership extends Component {
  /** Asked before everything that only the leader does. */
  readonly leads: boolean;
}

export interface LeadershipOptions {
  readonly leases: Leases;
  /** Name of the lease; see `Leases` for which are allowed. */
  readonly name: string;
  /** Called after this copy has begun to lead; a rejection gives the lease back, and it is tried again. */
  readonly onElected?: () => Promise<void>;
  /** Called when it does not lead any more, before the lease is given back where that is still possible. */
  readonly onDeposed?: () => Promise<void>;
  /** Of what only the leader does; asked while this copy leads. */
  readonly readiness?: () => Readiness;
  /** Between two attempts to succeed. Default 1,000. */
  readonly retryMs?: number;
  readonly logger: Logger;
}

/** Starts without waiting to be elected; the lease's time to live decides how soon a dead leader is succeeded. */
export function createLeadership(options: LeadershipOptions): Leadership {
  const { leases, name, logger, retryMs = 1_000 } = options;
  let lease: Lease | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  /** Elections and depositions one after another. */
  let turn: Promise<void> = Promise.resolve();

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work).catch((error: unknown) => logger.warn({ err: error, name }, 'leadership'));
    return turn;
  };

  async function stand(): Promise<void> {
    if (!running || lease !== undefined) return;
    const acquired = await leases.acquire(name, { onLost: () => void inTurn(depose) });
    if (acquired === undefined) return;
    lease = acquired;
    logger.info({ name, fence: acquired.fence }, 'leads');
    try {
      await options.onElected?.();
    } catch (error) {
      await depose();
      throw error;
    }
  }

  async function depose(): Promise<void> {
    const ending = lease;
    if (ending === undefined) return;
    lease = undefined;
    try {
      await options.onDeposed?.();
    } finally {
      logger.info({ name }, 'leads no more');
      await ending.release();
    }
  }

  return {
    name: `leadership ${name}`,
    get leads() {
      return lease?.held === true;
    },
    async start() {
      if (running) return;
      running = true;
      await inTurn(stand);
      timer = setInterval(() => void inTurn(stand), retryMs);
      timer.unref();
    },
    async stop() {
      running = false;
      clearInterval(timer);
      await inTurn(depose);
    },
    readiness: () =>
      lease?.held === true ? (options.readiness?.() ?? READY) : { ready: true, detail: 'standing by' },
  };
}
