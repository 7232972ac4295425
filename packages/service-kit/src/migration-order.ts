/** What a database's record of migrations says, whichever database it is: forward only, in the order of their names. */
import { MarqueeError } from './errors.ts';

/**
 * Names of the migrations still to be applied.
 *
 * @param database how messages name it.
 * @param recorded names of what has been applied, in order.
 * @param known names of what this code has, in order.
 * @param mayRunWith whether this code may run on a database that has a migration it does not know.
 * @throws MarqueeError DATA_CORRUPT when the database has a migration that this code does not know (a newer version
 *   wrote it) or that does not fit the order of the known ones.
 */
export function missingMigrations(
  database: string,
  recorded: readonly string[],
  known: readonly string[],
  mayRunWith: (unknown: string) => boolean = () => false,
): readonly string[] {
  for (const [index, name] of recorded.entries()) {
    if (name === known[index]) continue;
    if (index >= known.length && mayRunWith(name)) continue;
    const reason = known.includes(name)
      ? `migration ${name} but not ${known[index]}, which comes before it`
      : `migration ${name}, which this version does not know`;
    throw new MarqueeError('DATA_CORRUPT', `database ${database} has ${reason}`);
  }
  return known.slice(recorded.length);
}
