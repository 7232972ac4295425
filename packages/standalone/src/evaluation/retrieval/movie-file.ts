/** Genres and years of MovieLens' films, from `movies.csv` or `movies.dat`: the content that a two-tower model reads. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { yearFeatures } from '@marquee/training';

/** Features by film id; empty when the folder has neither file. Lines that do not look like a film are passed over. */
export async function movieFeatures(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const features = new Map<string, readonly string[]>();
  for (const [name, encoding, parse] of [
    ['movies.csv', 'utf8', csvFilm],
    ['movies.dat', 'latin1', datFilm],
  ] as const) {
    const path = join(folder, name);
    if (
      !(await access(path).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const lines = createInterface({
      input: createReadStream(path, { encoding }),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) {
      const film = parse(line);
      if (film !== undefined) features.set(film.id, filmFeatures(film));
    }
    return features;
  }
  return features;
}

interface Film {
  readonly id: string;
  readonly title: string;
  readonly genres: string;
}

/** Titles hold commas and then stand in quotes; ids and genres do not. */
function csvFilm(line: string): Film | undefined {
  const [, id, title, genres] = /^(\d+),(.*),([^,]*)$/.exec(line) ?? [];
  return id === undefined ? undefined : { id, title: title!, genres: genres! };
}

function datFilm(line: string): Film | undefined {
  const [id, title, genres] = line.split('::');
  return id === undefined || title === undefined || genres === undefined ? undefined : { id, title, genres };
}

function filmFeatures({ title, genres }: Film): string[] {
  const year = /\((\d{4})\)"?\s*$/.exec(title)?.[1];
  const named = genres.split('|').filter((genre) => genre !== '' && !genre.startsWith('('));
  return [
    ...named.map((genre) => `genre:${genre}`),
    ...(year === undefined ? [] : yearFeatures(Number(year))),
  ];
}
