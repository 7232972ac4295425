/** What a version of the towers finds of what people watched next, profile by profile, by the very files that would serve. */
import type { VectorRuntime } from '@marquee/model-runtime';
import { createTopK, recallAtK } from '@marquee/training';
import { readTowers, titleVectorsBy } from '@marquee/training/two-tower';
import type { RetrievalHoldout } from './retrieval-holdout.ts';

/** As long as a page's pool of candidates, and a list of which it matters more how it is ordered. */
export const RECALL_AT = [100, 1_000] as const;

export interface RetrievalExamination {
  /** Recall at each of RECALL_AT, by profile. */
  readonly recall: readonly Float64Array[];
  /** Share of the titles that are among anybody's first 100. */
  readonly coverage: number;
}

export interface ExamineTowers {
  /** Of the user tower. */
  readonly folder: string;
  readonly holdout: RetrievalHoldout;
  /** One that nobody has started, for these columns. */
  readonly makeRuntime: (columns: readonly string[]) => VectorRuntime;
  readonly signal?: AbortSignal | undefined;
}

const PROFILES_PER_RUN = 16;

/** @throws MarqueeError MODEL_INCOMPATIBLE for towers that cannot be served */
export async function examineTowers(options: ExamineTowers): Promise<RetrievalExamination> {
  const { folder, holdout, makeRuntime, signal } = options;
  const { titles, profiles } = holdout;
  const towers = await readTowers(folder);
  const runtimes = [makeRuntime(towers.title.columns), makeRuntime(towers.user.columns)] as const;
  const [title, user] = runtimes;
  try {
    await Promise.all(runtimes.map((runtime) => runtime.start()));
    await Promise.all([title.load(towers.title.folder), user.load(towers.user.folder)]);
    const vectors = await titleVectorsBy(
      title,
      titles.map(({ id, content }) => towers.titleRow(id, content)),
    );
    const contentById = new Map(titles.map(({ id, content }) => [id, content]));
    const rank = createRanking(profiles, titles.length);
    for (let from = 0; from < profiles.length; from += PROFILES_PER_RUN) {
      signal?.throwIfAborted();
      const part = profiles.slice(from, from + PROFILES_PER_RUN);
      const rows = part.map(
        ({ history }) =>
          towers.userRow(
            history.map((place) => titles[place]!.id),
            (id) => contentById.get(id),
          )!,
      );
      const users = await titleVectorsBy(user, rows);
      for (let i = 0; i < part.length; i++) {
        const own = users.subarray(i * towers.dimensions, (i + 1) * towers.dimensions);
        rank.add(from + i, (place) => dot(own, vectors, place * towers.dimensions));
      }
    }
    return rank.result();
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.stop()));
  }
}

/** The same of what most of the histories hold: less than this nobody needs a model for. */
export function examinePopularity({ titles, profiles }: RetrievalHoldout): RetrievalExamination {
  const counts = new Float64Array(titles.length);
  for (const { history } of profiles) for (const place of history) counts[place]!++;
  const rank = createRanking(profiles, titles.length);
  for (const profile of profiles.keys()) rank.add(profile, (place) => counts[place]!);
  return rank.result();
}

function createRanking(profiles: RetrievalHoldout['profiles'], titles: number) {
  const recall = RECALL_AT.map(() => new Float64Array(profiles.length));
  const covered = new Set<number>();
  return {
    add(profile: number, scoreOf: (place: number) => number): void {
      const { history, wanted } = profiles[profile]!;
      const had = new Set(history);
      const top = createTopK(Math.min(titles, Math.max(...RECALL_AT)));
      for (let place = 0; place < titles; place++) {
        const score = scoreOf(place);
        if (top.wants(score) && !had.has(place)) top.offer(place, score);
      }
      const list = [...top.take().keys];
      const relevant = new Set(wanted);
      for (const [i, k] of RECALL_AT.entries()) recall[i]![profile] = recallAtK(list, relevant, k);
      for (const place of list.slice(0, RECALL_AT[0])) covered.add(place);
    },
    result: (): RetrievalExamination => ({ recall, coverage: covered.size / titles }),
  };
}

function dot(user: Float32Array, vectors: Float32Array, from: number): number {
  let sum = 0;
  for (let k = 0; k < user.length; k++) sum += user[k]! * vectors[from + k]!;
  return sum;
}
