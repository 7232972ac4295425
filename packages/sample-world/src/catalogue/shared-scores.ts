/**
 * Scores were joined to films by name, so a film and its remake carry the very same rating and number of votes; one of the two is wrong. Where the critics' ratings tell them apart, the film
 * they agree with keeps the score; otherwise the later film does, which is the one people voted on when the data
 * set was made. The other film goes without a score rather than with somebody else's.
 */
interface Scored {
  readonly name: string;
  readonly year: number | undefined;
  readonly rating: number | null;
  readonly votes: number | null;
  /** Rotten Tomatoes, 0 to 100. */
  readonly critics: number | null;
}

/** Critics decide when they differ by this much, in points. */
const CLEAR_DIFFERENCE = 15;

/** Indices of the films whose score belongs to another film. */
export function wronglyScored(films: readonly Scored[]): ReadonlySet<number> {
  const groups = new Map<string, number[]>();
  for (const [i, film] of films.entries()) {
    if (film.rating === null || film.votes === null) continue;
    const key = `${film.name}|${film.rating}|${film.votes}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [i]);
    else group.push(i);
  }
  const wrong = new Set<number>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const owner = group.reduce((best, i) => (belongsRather(films[i]!, films[best]!) ? i : best));
    for (const i of group) if (i !== owner) wrong.add(i);
  }
  return wrong;
}

function belongsRather(a: Scored, b: Scored): boolean {
  if (a.critics !== null && b.critics !== null && Math.abs(a.critics - b.critics) >= CLEAR_DIFFERENCE) {
    const score = (a.rating ?? 0) * 10;
    return Math.abs(a.critics - score) < Math.abs(b.critics - score);
  }
  return (a.year ?? 0) > (b.year ?? 0);
}
