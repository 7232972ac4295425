/**
 * A small world that is served and logged: the sample films, simulated viewers with some weeks of history, pages with the features of an
 * online store that the materialiser keeps, what the viewers did with them, and all of it in a lake.
 */
import {
  createRandom,
  encodeFeatureMatrix,
  HOUR_MS,
  type ManualClock,
  type MarqueeEvent,
  manualClock,
  type Title,
} from '@marquee/domain';
import { createEventLake, type LakeReader, openLake } from '@marquee/event-lake';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  createMaterialiser,
  createTitleTable,
  embedTitle,
  emptyProfileState,
  profileStateView,
  RANKING_COLUMNS,
  type TitleTable,
  titlePopularityView,
} from '@marquee/features';
import { buildSampleCatalogue, createAudience } from '@marquee/sample-world';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { collectWatches, coWatchNeighbours } from '@marquee/training';
import type { LearnedSignals, RowMaker } from '../features/row-maker.ts';
import { createRowMaker } from '../features/row-maker.ts';

export const NOW = Date.UTC(2026, 2, 14, 19, 30);
const ITEMS = 12;
const ROWS = 3;
/** Sequences of the log grow, and not by one. */
const STEP = 3;

export interface LakeWorld {
  readonly clock: ManualClock;
  readonly titles: TitleTable;
  readonly lakeFolder: string;
  readonly folder: string;
  readonly vectorOf: (id: string) => Float32Array | undefined;
  /** What pages are served with. */
  readonly signals: LearnedSignals;
  readonly profileIds: readonly string[];
  makeStore(): KeyValueStore;
  /** Events into the log: the lake and the online store. */
  publish(events: readonly MarqueeEvent[]): Promise<void>;
  /** One page per profile, and what they do with it. @param pageRows how the ranker's rows are made */
  serve(pageRows?: RowMaker, options?: ServeOptions): Promise<void>;
  open(): Promise<LakeReader>;
  stop(): Promise<void>;
}

export interface ServeOptions {
  /** Default: all. */
  readonly profileIds?: readonly string[];
  /** What happens between the making of a page and its place in the log. */
  readonly meanwhile?: (servedAt: number, titleIds: readonly string[]) => readonly MarqueeEvent[];
}

export async function createLakeWorld({ profiles = 24, days = 21 } = {}): Promise<LakeWorld> {
  const folder = temporaryFolder();
  const clock = manualClock(NOW);
  const { titles: films } = buildSampleCatalogue({ now: NOW });
  const catalogue: readonly Title[] = films.slice(0, 400);
  const titles = createTitleTable(catalogue);
  const vectors = new Map(catalogue.map((title) => [title.id, embedTitle(title)]));
  const vectorOf = (id: string): Float32Array | undefined => vectors.get(id);
  const makeStore = (): KeyValueStore => createMemoryStore({ clock });
  const store = makeStore();
  await store.start();
  const lakeFolder = folder.file('lake');
  const lake = createEventLake({
    folder: lakeFolder,
    clock,
    logger: silentLogger,
    tickMs: 0,
    memoryMegabytes: 128,
  });
  await lake.start();
  await lake.open(0);
  const materialiser = createMaterialiser({ store, titles });
  let sequence = 0;

  async function publish(events: readonly MarqueeEvent[]): Promise<void> {
    const delivered = events.map((event, i) => ({ sequence: sequence + STEP * (i + 1), event }));
    sequence += STEP * events.length;
    await lake.append(0, delivered);
    await lake.flush();
    await materialiser.apply(delivered);
  }

  const audience = createAudience({ seed: 7, titles: catalogue, profiles, now: NOW, personas: false });
  const history = [...audience.history({ days })].flat();
  await publish(history);
  const watches = await collectWatches(async function* () {
    yield history.map((event, i) => ({ sequence: i + 1, event }));
  });
  const neighbours = await coWatchNeighbours(watches, { now: NOW });
  const signals: LearnedSignals = { neighboursOf: (id) => neighbours.get(id) };
  const profileIds = [...audience.profileIds()];
  const random = createRandom(5);
  const clients = new Map(
    profileIds.map((profileId) => [
      profileId,
      audience.liveClient({ profileId, random: random.fork(profileId), clock }),
    ]),
  );
  let visits = 0;

  async function serve(
    pageRows: RowMaker = createRowMaker({ titles, vectorOf, signals }),
    { profileIds: viewers = profileIds, meanwhile = () => [] }: ServeOptions = {},
  ): Promise<void> {
    for (const profileId of viewers) {
      const now = Math.round(clock.now() + HOUR_MS / profileIds.length);
      clock.set(now);
      const slateId = `slate-${++visits}`;
      const [blob] = await store.getMany([profileStateView.key(profileId)]);
      const state = profileStateView.decode(blob) ?? emptyProfileState();
      const chosen = random.shuffle(titles.newest()).slice(0, ITEMS);
      const blobs = await store.getMany(chosen.map((id) => titlePopularityView.key(id)));
      const makeRow = pageRows(state, { now, device: 'TV' });
      const rows = blobs.map((one, i) => {
        const popularity = new Float32Array(titlePopularityView.fields.length);
        titlePopularityView.decodeInto(one, popularity, 0);
        return makeRow(chosen[i]!, popularity);
      });
      const items = chosen.map((titleId, i) => ({
        titleId,
        rowKind: 'TOP_PICKS',
        row: i % ROWS,
        position: Math.floor(i / ROWS),
        score: null,
        propensity: 0.5,
        // One place in twelve is given away to learn from, as on real pages.
        sources: i === ITEMS - 1 ? ['exploration'] : ['trending'],
      }));
      const visit = clients.get(profileId)!.visit(items.map((item) => ({ ...item, slateId })));
      const slate: MarqueeEvent = {
        eventId: `slate:${slateId}`,
        type: 'SLATE_SERVED',
        schemaVersion: 1,
        occurredAt: now,
        receivedAt: now,
        profileId,
        slateId,
        modelVersion: 'v1',
        assignments: { ranker: 'b' },
        payload: {
          surface: 'home',
          seed: 1,
          degradations: [],
          featureNames: [...RANKING_COLUMNS],
          featureMatrix: encodeFeatureMatrix(rows, RANKING_COLUMNS.length),
          items,
        },
      };
      await publish([
        ...meanwhile(now, chosen),
        slate,
        ...visit.actions.map(({ trackingToken: _, ...event }) => event as MarqueeEvent),
      ]);
    }
  }

  return {
    clock,
    titles,
    lakeFolder,
    folder: folder.path,
    vectorOf,
    signals,
    profileIds,
    makeStore,
    publish,
    serve,
    open: () => openLake({ folder: lakeFolder, memoryMegabytes: 256 }),
    async stop() {
      await lake.stop();
      await store.stop();
      await folder.remove();
    },
  };
}
