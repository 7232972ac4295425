/** The subgraph on real adapters in a folder of its own, for tests: reopened, it is the same installation. */
import { type MarqueeEvent, type MaturityRating, manualClock, withinMaturity } from '@marquee/domain';
import { createFreshness, type EventBus, type Subscription } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { PROJECTED_TYPES, type Profiles } from '@marquee/profiles';
import { createSqliteProfiles } from '@marquee/profiles/sqlite';
import { deadlineAfter, silentLogger, startAll, stopAll } from '@marquee/service-kit';
import type { Subgraph } from '@marquee/service-kit/subgraph';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { type CatalogueLookup, createUserProfileSubgraph } from '../index.ts';

/** The selection of a title's viewer state. */
export const STATE = '{ reaction inMyList hidden progress { positionSeconds watchedSeconds lastWatchedAt } }';
/** The viewer state of a title that nothing was done with. */
export const NEUTRAL = { reaction: 'NONE', inMyList: false, hidden: false, progress: null };

export const GENRES = ['drama', 'comedy', 'western', 'horror'];

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do, by path.
  readonly data: any;
  readonly errors: readonly { readonly code: unknown; readonly field: unknown; readonly path: unknown }[];
}

export interface AskOptions {
  /** Absent: anonymous. */
  readonly as?: string;
  readonly variables?: Record<string, unknown>;
  readonly deadlineMs?: number;
}

export interface RunningSubgraph extends AsyncDisposable {
  readonly subgraph: Subgraph;
  readonly bus: EventBus;
  readonly profiles: Profiles;
  readonly clock: ReturnType<typeof manualClock>;
  /** Ids the catalogue knows; tests take titles away. */
  readonly titleIds: Set<string>;
  /** Titles that are PG unless this says otherwise. */
  readonly ratings: Map<string, MaturityRating>;
  /** Reads of the profiles port and of the catalogue, by method. */
  readonly reads: Map<string, number>;
  ask(query: string, options?: AskOptions): Promise<Answer>;
  /** What the gateway gets for the viewer state of titles, through `_entities`. */
  statesOf(ids: readonly string[], as?: string): Promise<unknown[]>;
  /** Publishes and waits until the projections have it. */
  happened(...events: readonly MarqueeEvent[]): Promise<void>;
  stop(): Promise<void>;
}

export interface RunningOptions {
  readonly folder?: ReturnType<typeof temporaryFolder>;
  /** Start without what follows erasures, as if the process died before it came to that. */
  readonly withoutComponents?: boolean;
  /** Watch a projection that never gets anywhere. */
  readonly staleProjection?: boolean;
}

export async function runSubgraph(options: RunningOptions = {}): Promise<RunningSubgraph> {
  const folder = options.folder ?? temporaryFolder();
  const clock = manualClock(SAMPLE_INSTANT);
  const logger = silentLogger;
  const reads = new Map<string, number>();
  const counted = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, key) => {
        const member = Reflect.get(target, key) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          reads.set(String(key), (reads.get(String(key)) ?? 0) + 1);
          return member.apply(target, args) as unknown;
        };
      },
    });

  const profiles = createSqliteProfiles({ file: folder.file('profiles.sqlite'), clock, logger });
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger });
  await startAll([profiles, bus], logger);
  const projection = bus.subscribe({
    name: 'profile-projector',
    types: PROJECTED_TYPES,
    startAfter: await profiles.checkpoint(),
    handle: async (batch) => {
      await profiles.apply(batch);
    },
  });
  const watched: Subscription[] = [projection];
  if (options.staleProjection) watched.push(bus.subscribe({ name: 'stale', handle: async () => undefined }));

  const titleIds = new Set(Array.from({ length: 60 }, (_, index) => `title-${index + 1}`));
  const ratings = new Map<string, MaturityRating>();
  const known = (ids: readonly string[], set: { has(id: string): boolean }) => ids.map((id) => set.has(id));
  const catalogue: CatalogueLookup = {
    titlesExist: async (ids, limit) =>
      ids.map((id) => titleIds.has(id) && withinMaturity(ratings.get(id) ?? 'PG', limit)),
    peopleExist: async (ids) => known(ids, new Set(['varda', 'kubrick', 'ozu'])),
    genresExist: async (ids) => known(ids, new Set(GENRES)),
  };
  const freshness = createFreshness(watched);
  const subgraph = createUserProfileSubgraph({
    profiles: counted(profiles),
    bus,
    freshness,
    catalogue: counted(catalogue),
    clock,
    newId: () => crypto.randomUUID(),
    logger,
  });
  const components = [profiles, bus, projection, ...(options.withoutComponents ? [] : subgraph.components)];
  await startAll(components.slice(2), logger);
  const stop = async () => {
    await stopAll(components, logger, 5_000);
  };

  async function ask(
    query: string,
    { as, variables, deadlineMs = 10_000 }: AskOptions = {},
  ): Promise<Answer> {
    const result = await subgraph.execute({
      query,
      ...(variables === undefined ? {} : { variables }),
      context: {
        requestId: 'test',
        deadline: deadlineAfter(deadlineMs),
        ...(as === undefined ? {} : { viewer: { profileId: as, scopes: [] } }),
      },
    });
    const errors = (result.errors ?? []).map(({ extensions, path, message }) => ({
      code: extensions.code ?? message,
      field: extensions.field,
      path,
    }));
    // As clients get it: plain JSON.
    return { data: JSON.parse(JSON.stringify(result.data ?? null)), errors };
  }

  return {
    subgraph,
    bus,
    profiles,
    clock,
    titleIds,
    ratings,
    reads,
    ask,
    async statesOf(ids, as) {
      const { data } = await ask(
        `query ($representations: [_Any!]!) {
          _entities(representations: $representations) { ... on Title { id viewer ${STATE} } }
        }`,
        {
          ...(as === undefined ? {} : { as }),
          variables: { representations: ids.map((id) => ({ __typename: 'Title', id })) },
        },
      );
      return (data._entities as { viewer: unknown }[]).map((title) => title.viewer);
    },
    async happened(...events) {
      const visible = await freshness.waitFor(await bus.publish(events), 5_000);
      if (!visible) throw new Error('the projections did not catch up');
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.folder === undefined) await folder.remove();
    },
  };
}
