/**
 * The response cache of a gateway: what subgraphs have answered is kept where `@cacheControl` allows it, between the
 * executor and the wave that asks subgraphs, so that what is there is neither planned around nor fetched.
 */
import { hash } from 'node:crypto';
import type { Deadline, Logger, Metrics } from '@marquee/service-kit';
import type { KeepingAdvice } from '../data-source/data-source.ts';
import type { AnswerKeeping, KeepingRequest } from '../executor/answer-keeping.ts';
import type { FetchStep } from '../executor/plan/steps.ts';
import { fetchPlace, type KeptFetch, type Requester } from './fetch-place.ts';
import { fetchPolicyOf } from './fetch-policy.ts';
import { type GraphFacts, graphFacts } from './graph-facts.ts';
import { GuardedStore } from './guarded-store.ts';
import { ViewerInvalidation } from './invalidation.ts';
import { LocalAnswers } from './local-answers.ts';
import { MutationAnswers } from './mutation-answers.ts';
import { PendingAnswers } from './pending-answers.ts';
import { type AnswerParts, QueryAnswers } from './request-answers.ts';
import type { ResponseCacheOptions } from './response-cache-options.ts';
import type { ResponseStore } from './response-store.ts';

export interface ResponseCacheDeps<Context> {
  readonly options: ResponseCacheOptions;
  /** Started and stopped by whoever made it. */
  readonly store: ResponseStore;
  requesterOf(context: Context): Requester;
  deadlineOf(context: Context): Deadline;
  /** Whether this request may say `Cache-Control: no-cache` or `no-store`; others are not listened to. */
  mayBypass(context: Context): boolean;
  /** Who is told of the kept answers that a request is answered with; undefined: nobody wants to know. */
  listenerOf?(context: Context): { hear(advice: KeepingAdvice): void } | undefined;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** Milliseconds, in any epoch. Default: of `performance.now()`. */
  readonly now?: () => number;
  /** Milliseconds since 1970, for what gateways tell each other. Default: `Date.now`. */
  readonly time?: () => number;
}

export interface ResponseCache<Context> {
  readonly keeping: AnswerKeeping<Context>;
  /** Forgets what this process alone has: for whoever knows that something has changed. */
  forgetLocal(): void;
  stop(): void;
}

const MAX_LOCAL = 50_000;
const INVALIDATION_WITHIN_MS = 500;

export function createResponseCache<Context>(deps: ResponseCacheDeps<Context>): ResponseCache<Context> {
  const { options, store, logger, metrics, now = () => performance.now(), time = Date.now } = deps;
  const count = (subgraph: string, kind: string, outcome: string, by: number): void =>
    metrics?.count('marquee_response_cache_total', { subgraph, kind, outcome }, by);
  const local = new LocalAnswers({
    maxEntries: MAX_LOCAL,
    maxAgeMs: options.localAgeSeconds * 1_000,
    now,
  });
  const parts: AnswerParts = {
    store: new GuardedStore({
      store,
      readWithinMs: options.readWithinMs,
      now,
      failed: (what, reason) =>
        metrics?.count('marquee_response_cache_failures_total', { call: what, reason }),
    }),
    local,
    pending: new PendingAnswers(),
    maxEntryBytes: options.maxEntryBytes,
    time,
    counted: count,
  };
  const invalidation = new ViewerInvalidation({
    store,
    maxPrivateAgeMs: options.maxPrivateAgeSeconds * 1_000,
    withinMs: INVALIDATION_WITHIN_MS,
    now,
    logger,
    tried: (outcome) =>
      metrics?.count('marquee_response_cache_invalidations_total', { by: 'mutation', outcome }),
  });

  const keeping: AnswerKeeping<Context> = (supergraphSdl) => {
    const facts = graphFacts(supergraphSdl);
    const fingerprint = hash('sha256', supergraphSdl, 'base64url');
    const known = new WeakMap<FetchStep, KeptFetch | null>();
    const keptFetch = (step: FetchStep): KeptFetch | undefined => {
      let kept = known.get(step);
      if (kept === undefined) {
        kept = keptFetchOf(step, facts, fingerprint, options) ?? null;
        known.set(step, kept);
      }
      return kept ?? undefined;
    };
    return {
      begin(request) {
        const requester = deps.requesterOf(request.context);
        const viewer = requester.viewer?.id;
        if (request.operation === 'mutation') {
          return viewer === undefined ? undefined : new MutationAnswers(() => invalidation.changed(viewer));
        }
        if (request.operation !== 'query' || facts.hints.size === 0) return undefined;
        const wish = deps.mayBypass(request.context) ? wishOf(request) : undefined;
        if (wish === 'no-store') return undefined;
        const isOwed = viewer !== undefined && invalidation.isOwed(viewer);
        const listener = deps.listenerOf?.(request.context);
        return new QueryAnswers(parts, {
          deadline: deps.deadlineOf(request.context),
          isRefresh: wish === 'no-cache',
          answeredWith: listener && ((advice) => listener.hear(advice)),
          placeOf(step) {
            const kept = keptFetch(step);
            if (kept === undefined || isOwed) return undefined;
            return fetchPlace(kept, requester, seenHeaders(request, step.subgraph));
          },
        });
      },
    };
  };
  return { keeping, forgetLocal: () => local.clear(), stop: () => invalidation.stop() };
}

function keptFetchOf(
  step: FetchStep,
  facts: GraphFacts,
  fingerprint: string,
  { subgraphs, maxAgeSeconds, maxPrivateAgeSeconds }: ResponseCacheOptions,
): KeptFetch | undefined {
  const own = subgraphs === undefined ? { enabled: true, perViewer: false } : subgraphs[step.subgraph];
  // Arguments that come from above an entity are not part of its representation.
  if (!own?.enabled || step.context !== undefined) return undefined;
  const policy = fetchPolicyOf(step.query, facts);
  return (
    policy && {
      id: hash('sha256', `${fingerprint}\n${step.subgraph}\n${policy.operation}`, 'base64url'),
      policy,
      facts,
      isPerViewer: own.perViewer,
      maxAgeMs: maxAgeSeconds * 1_000,
      maxPrivateAgeMs: maxPrivateAgeSeconds * 1_000,
    }
  );
}

const NOTHING_SEEN: readonly (readonly [string, string])[] = [];

function seenHeaders<Context>(
  { headers, propagated }: KeepingRequest<Context>,
  subgraph: string,
): readonly (readonly [string, string])[] {
  const names = propagated(subgraph);
  if (names.length === 0) return NOTHING_SEEN;
  return names.flatMap((name): [string, string][] => {
    const value = headers?.get(name);
    return value === null || value === undefined ? [] : [[name, value]];
  });
}

function wishOf<Context>({ headers }: KeepingRequest<Context>): 'no-cache' | 'no-store' | undefined {
  const value = headers?.get('cache-control')?.toLowerCase();
  if (value === undefined) return undefined;
  if (/(^|,)\s*no-store\s*(,|$)/.test(value)) return 'no-store';
  return /(^|,)\s*no-cache\s*(,|$)/.test(value) ? 'no-cache' : undefined;
}
