/**
 * Which supergraph a gateway serves: the newest that its source offered and that can be served. A broken one is
 * refused and named, and the last good one goes on serving, also from disk over a restart.
 */
import {
  type Component,
  isMarqueeError,
  type Logger,
  MarqueeError,
  type Metrics,
  type Readiness,
} from '@marquee/service-kit';
import type { LastGoodFile } from './last-good-file.ts';
import { nameOf, type SupergraphOffer, type SupergraphSource } from './supergraph-source.ts';

export interface SupergraphLifecycleOptions {
  readonly source: SupergraphSource;
  /** Written whenever a supergraph was put in force. Default: nothing outlives the process. */
  readonly lastGood?: LastGoodFile;
  /** What serves when the source has nothing to offer and the disk neither. Default: the start fails. */
  readonly shipped?: string;
  /** Pause before one that could not be put in force for a reason that passes is tried again. Default 5,000. */
  readonly retryMs?: number;
  /** How long `start()` waits for the source. Default 10,000. */
  readonly firstWithinMs?: number;
  /** @throws MarqueeError for a text that this process cannot serve. Blocks; asked at the start only. */
  check(sdl: string): void;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface SupergraphLifecycle extends Component {
  /** What to begin with. Throws before `start()`. */
  readonly first: string;
  /** Hands over everything newer, one at a time; of what comes meanwhile only the last. `apply` rejects what it refuses. */
  follow(apply: (sdl: string) => Promise<void>): void;
}

/** Characters; a composition's errors may fill pages, and the log has them whole. */
const MAX_REASON = 500;

export function createSupergraphLifecycle(options: SupergraphLifecycleOptions): SupergraphLifecycle {
  const { source, lastGood, shipped, firstWithinMs = 10_000, retryMs = 5_000, logger, metrics } = options;
  let serving: SupergraphOffer | undefined;
  let refused: { readonly name: string; readonly reason: string } | undefined;
  let waiting: SupergraphOffer | undefined;
  let apply: ((sdl: string) => Promise<void>) | undefined;
  let applying: Promise<void> | undefined;
  let again: NodeJS.Timeout | undefined;
  let running = false;
  let heard = Promise.withResolvers<void>();

  source.listen({
    offered(offer) {
      clearTimeout(again);
      waiting = offer;
      heard.resolve();
      advance();
    },
    unreadable: (error) => refuse('what is offered', error),
  });

  function refuse(name: string, error: unknown): void {
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON);
    refused = { name, reason };
    logger.error({ supergraph: name, serving: serving?.name, err: error }, 'a supergraph is refused');
    metrics?.count('marquee_supergraph_updates_total', { outcome: 'refused' });
    metrics?.set('marquee_supergraph_refused', 1);
  }

  /** @param keep on disk: only what was meant for this installation. */
  async function accept(offer: SupergraphOffer, keep: boolean): Promise<void> {
    serving = offer;
    refused = undefined;
    metrics?.count('marquee_supergraph_updates_total', { outcome: 'applied' });
    metrics?.set('marquee_supergraph_refused', 0);
    metrics?.set('marquee_supergraph_applied_timestamp_seconds', options.now() / 1000);
    try {
      if (keep) await lastGood?.write(offer.sdl);
    } catch (error) {
      // It serves all the same; a restart may begin with an older one.
      logger.warn({ path: lastGood?.path, err: error }, 'the supergraph could not be kept on disk');
    }
  }

  function advance(): void {
    if (apply === undefined || applying !== undefined || waiting === undefined || !running) return;
    applying = applyWaiting(apply).finally(() => {
      applying = undefined;
      advance();
    });
  }

  /** Otherwise this process would serve the old one until somebody publishes again, while others serve the new one. */
  function tryAgain(offer: SupergraphOffer): void {
    if (waiting !== undefined || !running) return;
    again = setTimeout(() => {
      waiting = offer;
      advance();
    }, retryMs);
    again.unref();
  }

  async function applyWaiting(put: (sdl: string) => Promise<void>): Promise<void> {
    const offer = waiting as SupergraphOffer;
    waiting = undefined;
    if (offer.sdl === serving?.sdl) {
      // Published once more, or back to what never ceased to serve.
      serving = offer;
      refused = undefined;
      metrics?.set('marquee_supergraph_refused', 0);
      return;
    }
    const startedAt = performance.now();
    try {
      await put(offer.sdl);
    } catch (error) {
      // That says nothing about the supergraph.
      if (isMarqueeError(error) && error.code === 'SHUTTING_DOWN') return;
      refuse(offer.name, error);
      if (mayPass(error)) tryAgain(offer);
      return;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    metrics?.observe('marquee_supergraph_update_seconds', seconds);
    logger.info({ supergraph: offer.name, before: serving?.name, seconds }, 'the supergraph is changed');
    await accept(offer, true);
  }

  /** Whether the source is there or not: whatever it offers within the time is tried before anything else. */
  async function waitForSource(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const started = source.start();
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, firstWithinMs);
    });
    try {
      await Promise.race([started, heard.promise, tooLong]);
    } finally {
      clearTimeout(timer);
    }
    // It goes on beside what serves meanwhile.
    started.catch((error: unknown) => refuse('what is published', error));
  }

  async function* candidates(offer: SupergraphOffer | undefined): AsyncGenerator<SupergraphOffer> {
    if (offer !== undefined) yield offer;
    const kept = await lastGood?.read();
    if (kept !== undefined) yield { name: `the last good one, ${nameOf(kept)}`, sdl: kept };
    if (shipped !== undefined) yield { name: `the shipped one, ${nameOf(shipped)}`, sdl: shipped };
  }

  return {
    name: 'supergraph',
    get first() {
      if (serving === undefined) throw new TypeError('the supergraph is not known before the start');
      return serving.sdl;
    },
    async start() {
      running = true;
      heard = Promise.withResolvers();
      await waitForSource();
      const offered = waiting;
      waiting = undefined;
      for await (const candidate of candidates(offered)) {
        try {
          options.check(candidate.sdl);
        } catch (error) {
          refuse(candidate.name, error);
          continue;
        }
        const before = refused;
        await accept(candidate, candidate === offered);
        // What was refused a moment ago is still what somebody wanted.
        refused = before;
        if (before !== undefined) metrics?.set('marquee_supergraph_refused', 1);
        logger.info({ supergraph: candidate.name }, 'the supergraph to begin with');
        return;
      }
      running = false;
      await source.stop();
      const why = refused === undefined ? 'the source offers none' : `${refused.name}: ${refused.reason}`;
      throw new MarqueeError('CONFIG_INVALID', `there is no supergraph that can be served (${why})`);
    },
    async stop() {
      running = false;
      clearTimeout(again);
      await source.stop();
      await applying;
    },
    follow(put) {
      apply = put;
      advance();
    },
    readiness(): Readiness {
      if (serving === undefined) return { ready: false, detail: 'waiting for a supergraph' };
      const parts = [
        `${serving.name} serves`,
        refused === undefined ? undefined : `${refused.name} is refused: ${refused.reason}`,
        source.readiness().detail,
      ];
      return { ready: true, detail: parts.filter((part) => part !== undefined).join('; ') };
    },
  };
}

/** The planner was ended or too busy: that says nothing about the supergraph. */
function mayPass(error: unknown): boolean {
  return isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE') || isMarqueeError(error, 'DEADLINE_EXCEEDED');
}
