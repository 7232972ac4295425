/** One film as the data set has it, and reading them all. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const text = z.string().nullable();
const number = z.number().nullable();

const movieRowSchema = z.object({
  /** A number where the name is one (300, 1941). */
  Title: z.union([z.string(), z.number()]).nullable(),
  'Release Date': z.string(),
  'MPAA Rating': text,
  'Running Time min': number,
  Distributor: text,
  Source: text,
  'Major Genre': text,
  'Creative Type': text,
  Director: text,
  'Rotten Tomatoes Rating': number,
  'IMDB Rating': number,
  'IMDB Votes': number,
});
export type MovieRow = z.infer<typeof movieRowSchema>;

/**
 * The 3,201 films of `vega-datasets` (BSD-3). The package exports no data file, so the file is found beside
 * its entry point.
 */
export function readMovieRows(): readonly MovieRow[] {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const file = join(dirname(entry), '..', 'data', 'movies.json');
  return z.array(movieRowSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}
