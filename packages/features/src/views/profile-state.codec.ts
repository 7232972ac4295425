/**
 * Profile states as bytes. They are written with every event and read with every request, and JSON would spend
 * most of that time printing and parsing numbers. So the words go into one JSON text and the numbers, in the
 * same order, into one array of float64:
 *
 *   u32 format | u32 bytes of text | text (UTF-8), padded to 8 bytes | float64 × n, little-endian
 *
 * Exact: decoding gives back every bit that was encoded.
 */
import type { ProfileState, WatchEntry } from './profile-state.view.ts';

/**
 * Raised whenever the layout changes. A blob of another format reads as absent. A word that may be missing needs no new
 * format: processes of the release before, which run beside this one during a deployment, do not look at it.
 */
const FORMAT = 1;
const HEADER_BYTES = 8;

/** Everything that is not a number; lists of keys whose numbers follow in the array. */
interface Words {
  registered: boolean;
  erasedAt?: number | undefined;
  segment: string;
  region?: ProfileState['region'];
  maturityLimit?: ProfileState['maturityLimit'];
  onboarding: readonly string[];
  history: string[];
  reactions: string[];
  hidden: readonly string[];
  myList: string[];
  followed: readonly string[];
  genres: string[];
  people: string[];
  eras: string[];
  studios: string[];
  impressions: string[];
}

const COMPLETED = 1;
const QUALIFIED = 2;
const ABANDONED = 4;

/** A state as its writer holds it: collections as pairs, so that records and maps are written alike. */
export interface ProfileContent {
  readonly scalars: Omit<ProfileState, 'reactions' | 'taste' | 'impressions'>;
  readonly reactions: Pairs<ProfileState['reactions'][string]>;
  readonly taste: {
    readonly genres: Pairs<number>;
    readonly people: Pairs<number>;
    readonly eras: Pairs<number>;
    readonly studios: Pairs<number>;
    readonly total: number;
    readonly updatedAt: number;
  };
  readonly impressions: Pairs<ProfileState['impressions'][string]>;
}
type Pairs<T> = Iterable<readonly [string, T]>;

export function contentOf(state: ProfileState): ProfileContent {
  const { taste } = state;
  return {
    scalars: state,
    reactions: Object.entries(state.reactions),
    taste: {
      genres: Object.entries(taste.genres),
      people: Object.entries(taste.people),
      eras: Object.entries(taste.eras),
      studios: Object.entries(taste.studios),
      total: taste.total,
      updatedAt: taste.updatedAt,
    },
    impressions: Object.entries(state.impressions),
  };
}

export function encodeProfile({ scalars, reactions, taste, impressions }: ProfileContent): Uint8Array {
  const numbers: number[] = [
    scalars.revision,
    scalars.appliedSequence,
    scalars.qualifiedWatches,
    taste.total,
    taste.updatedAt,
  ];
  const words: Words = {
    registered: scalars.registered,
    erasedAt: scalars.erasedAt,
    segment: scalars.segment,
    region: scalars.region,
    maturityLimit: scalars.maturityLimit,
    onboarding: scalars.onboardingGenreIds,
    history: [],
    reactions: [],
    hidden: scalars.hiddenTitleIds,
    myList: [],
    followed: scalars.followedPersonIds,
    genres: [],
    people: [],
    eras: [],
    studios: [],
    impressions: [],
  };
  for (const entry of scalars.history) {
    words.history.push(entry.titleId);
    numbers.push(
      entry.firstWatchedAt,
      entry.lastWatchedAt,
      entry.watchedSeconds,
      entry.positionSeconds,
      entry.playbackStartedAt,
      entry.playbackSeconds,
      (entry.completed ? COMPLETED : 0) |
        (entry.qualified ? QUALIFIED : 0) |
        (entry.abandoned ? ABANDONED : 0),
    );
  }
  for (const [id, { reaction, at }] of reactions) {
    words.reactions.push(id);
    numbers.push(reaction === 'LIKE' ? 1 : -1, at);
  }
  for (const { titleId, at } of scalars.myList) {
    words.myList.push(titleId);
    numbers.push(at);
  }
  for (const kind of ['genres', 'people', 'eras', 'studios'] as const) {
    for (const [key, sum] of taste[kind]) {
      words[kind].push(key);
      numbers.push(sum);
    }
  }
  for (const [id, { count, lastAt }] of impressions) {
    words.impressions.push(id);
    numbers.push(count, lastAt);
  }
  const text = Buffer.from(JSON.stringify(words));
  const numbersAt = HEADER_BYTES + Math.ceil(text.byteLength / 8) * 8;
  const blob = new Uint8Array(numbersAt + numbers.length * 8);
  const header = new DataView(blob.buffer);
  header.setUint32(0, FORMAT, true);
  header.setUint32(4, text.byteLength, true);
  blob.set(text, HEADER_BYTES);
  // Every platform Node runs on is little-endian.
  new Float64Array(blob.buffer, numbersAt).set(numbers);
  return blob;
}

export function decodeProfile(blob: Uint8Array | undefined): ProfileState | undefined {
  if (blob === undefined || blob.byteLength < HEADER_BYTES) return undefined;
  const header = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (header.getUint32(0, true) !== FORMAT) return undefined;
  const textBytes = header.getUint32(4, true);
  const text = Buffer.from(blob.buffer, blob.byteOffset + HEADER_BYTES, textBytes).toString('utf8');
  const words = JSON.parse(text) as Words;
  // A copy, because a view of float64 must be aligned and the blob need not be. Not with its own `slice`: a blob may be
  // a Buffer, whose `slice` copies nothing.
  const numbersAt = HEADER_BYTES + Math.ceil(textBytes / 8) * 8;
  const numbers = new Float64Array(Uint8Array.prototype.slice.call(blob, numbersAt).buffer);
  let place = 0;
  const next = (): number => numbers[place++]!;
  const sums = (keys: readonly string[]): Record<string, number> => {
    const record = bare<number>();
    for (const key of keys) record[key] = next();
    return record;
  };

  const revision = next();
  const appliedSequence = next();
  const qualifiedWatches = next();
  const total = next();
  const updatedAt = next();
  const history = words.history.map((titleId): WatchEntry => {
    const [firstWatchedAt, lastWatchedAt, watchedSeconds, positionSeconds] = [next(), next(), next(), next()];
    const [playbackStartedAt, playbackSeconds, flags] = [next(), next(), next()];
    return {
      titleId,
      firstWatchedAt,
      lastWatchedAt,
      watchedSeconds,
      positionSeconds,
      completed: (flags & COMPLETED) !== 0,
      qualified: (flags & QUALIFIED) !== 0,
      playbackStartedAt,
      playbackSeconds,
      abandoned: (flags & ABANDONED) !== 0,
    };
  });
  const reactions = bare<ProfileState['reactions'][string]>();
  for (const id of words.reactions) reactions[id] = { reaction: next() > 0 ? 'LIKE' : 'DISLIKE', at: next() };
  const myList = words.myList.map((titleId) => ({ titleId, at: next() }));
  const taste = {
    genres: sums(words.genres),
    people: sums(words.people),
    eras: sums(words.eras),
    studios: sums(words.studios),
    total,
    updatedAt,
  };
  const impressions = bare<ProfileState['impressions'][string]>();
  for (const id of words.impressions) impressions[id] = { count: next(), lastAt: next() };
  return {
    revision,
    appliedSequence,
    ...(words.erasedAt !== undefined && { erasedAt: words.erasedAt }),
    registered: words.registered,
    segment: words.segment,
    ...(words.region !== undefined && { region: words.region }),
    ...(words.maturityLimit !== undefined && { maturityLimit: words.maturityLimit }),
    onboardingGenreIds: words.onboarding,
    history,
    qualifiedWatches,
    reactions,
    hiddenTitleIds: words.hidden,
    myList,
    followedPersonIds: words.followed,
    taste,
    impressions,
  };
}

/** Without a prototype: ids such as "constructor" or "__proto__" are keys like any other. */
function bare<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
