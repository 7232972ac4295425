/** A gateway's response cache with its store and whatever tells it of changes, as one thing to start and stop. */
import type { Component, Readiness } from '@marquee/service-kit';
import type { GatewayOptions } from '../options.ts';
import type { GatewayContext } from '../request-context.ts';
import { carriedOutPurges } from './purges/carried-out-purges.ts';
import { createResponseCache, type ResponseCache } from './response-cache.ts';

/** Lets a viewer say that a request is to be answered afresh, in production too. */
const BYPASS_SCOPE = 'cache:bypass';

export interface GatewayResponses extends Pick<ResponseCache<GatewayContext>, 'keeping'> {
  start(): Promise<void>;
  stop(): Promise<void>;
  components(): Readonly<Record<string, Readiness>>;
}

/** @returns undefined where nothing is to be kept: it costs nothing then. */
export function responseCacheOf({
  responseCache,
  config,
  clock,
  logger,
  metrics,
}: Pick<GatewayOptions, 'responseCache' | 'config' | 'clock' | 'logger' | 'metrics'>):
  | GatewayResponses
  | undefined {
  if (responseCache === undefined || responseCache.options.mode === 'off') return undefined;
  const { options, store } = responseCache;
  const cache = createResponseCache<GatewayContext>({
    options,
    store,
    requesterOf: ({ request, client }) => {
      const { viewer } = request;
      const partner = client?.holder;
      return {
        ...(viewer === undefined ? {} : { viewer: { id: viewer.profileId, scopes: viewer.scopes } }),
        ...(partner === undefined ? {} : { client: partner.partner.name }),
      };
    },
    deadlineOf: ({ request }) => request.deadline,
    mayBypass: ({ viewer }) =>
      config.mode === 'development' || (viewer?.scopes.includes(BYPASS_SCOPE) ?? false),
    listenerOf: ({ answerAge }) => answerAge,
    time: () => clock.now(),
    logger,
    metrics,
  });
  const changes = responseCache.changes?.({ store, forgetLocal: cache.forgetLocal });
  const { forgetLocal } = cache;
  const purges =
    responseCache.purges &&
    carriedOutPurges({
      ...{ source: responseCache.purges, store, forgetLocal, now: () => clock.now(), logger, metrics },
    });
  const parts: readonly Component[] = [store, ...(changes ? [changes] : []), ...(purges ? [purges] : [])];
  return {
    keeping: cache.keeping,
    async start() {
      for (const part of parts) await part.start();
    },
    async stop() {
      cache.stop();
      for (const part of [...parts].reverse()) await part.stop();
    },
    components: () => Object.fromEntries(parts.map((part) => [part.name, part.readiness()])),
  };
}
