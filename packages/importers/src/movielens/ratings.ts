/** The ratings of a MovieLens folder. */
import type { OnProgress } from '../progress.ts';
import type { Rejects } from '../rejects.ts';
import { textLines } from '../rows/text-lines.ts';
import type { MovieLensLayout } from './layout.ts';
import { createRatingColumns, type RatingColumns } from './rating-columns.ts';

/** @param movieIndex movie id → index; ratings of other movies are rejected. */
export async function readRatings(
  layout: MovieLensLayout,
  movieIndex: ReadonlyMap<number, number>,
  rejects: Rejects,
  onProgress: OnProgress | undefined,
): Promise<RatingColumns> {
  const columns = createRatingColumns();
  const { ratingsFile: file, encoding, hasHeader, separator } = layout;
  const { user, movie, rating, time } = layout.ratings;
  const fieldCount = 1 + Math.max(user, movie, rating, time);
  for await (const lines of textLines({
    path: file,
    encoding,
    phase: 'ratings',
    ...(onProgress && { onProgress }),
  })) {
    for (const { number, text } of lines) {
      if (hasHeader && number === 1) continue;
      const fields = text.split(separator);
      const reason =
        fields.length < fieldCount
          ? `${fieldCount} fields expected, ${fields.length} found`
          : addRating(fields[user]!, fields[movie]!, fields[rating]!, fields[time]!);
      if (reason !== undefined) rejects.add({ file, line: number, text, reason });
    }
    await rejects.flush();
  }
  return columns.build();

  /** The reason, where it is not a rating. */
  function addRating(
    userText: string,
    movieText: string,
    ratingText: string,
    timeText: string,
  ): string | undefined {
    const userId = wholeNumber(userText);
    if (userId === undefined) return `user id "${userText}" is not a whole number`;
    const movieId = wholeNumber(movieText);
    if (movieId === undefined) return `movie id "${movieText}" is not a whole number`;
    const index = movieIndex.get(movieId);
    if (index === undefined) return `movie ${movieId} is not in the movies file`;
    const halfStars = 2 * Number(ratingText);
    if (ratingText.trim() === '' || !Number.isInteger(halfStars) || halfStars < 1 || halfStars > 10) {
      return `rating "${ratingText}" is not one of 0.5, 1, ... 5`;
    }
    const seconds = wholeNumber(timeText);
    if (seconds === undefined) return `timestamp "${timeText}" is not in Unix seconds`;
    columns.add(userId, index, halfStars, seconds);
    return undefined;
  }
}

/** An unsigned 32-bit integer. */
function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff
    ? value
    : undefined;
}
