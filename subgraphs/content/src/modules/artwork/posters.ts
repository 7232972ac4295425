/**
 * Where a title's poster is and what it looks like. Addresses carry a version that follows from everything
 * drawn, so that a picture behind an address never changes and may be cached for ever.
 */
import { type Genre, hash32, type Title } from '@marquee/domain';
import { heightFor } from './artwork-size.ts';
import { dominantColour, drawPoster, POSTER_EDITION, type PosterSubject } from './poster/poster.ts';

export interface PosterDescription {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly dominantColor: string;
  readonly alt: string;
}

export interface Posters {
  describe(title: Title, genres: readonly Genre[], width: number): PosterDescription;
  /** As SVG. */
  draw(title: Title, genres: readonly Genre[], width: number): string;
  version(title: Title, genres: readonly Genre[]): string;
}

/** What follows from a title and its genres alone, in any size. */
interface Look {
  readonly genres: readonly Genre[];
  readonly version: string;
  readonly dominantColor: string;
}

export function createPosters({ baseUrl }: { readonly baseUrl: string }): Posters {
  const prefix = baseUrl.replace(/\/+$/, '');
  /** Goes with the record. */
  const looks = new WeakMap<Title, Look>();

  function look(title: Title, genres: readonly Genre[]): Look {
    const known = looks.get(title);
    if (known !== undefined && areSame(known.genres, genres)) return known;
    const subject = subjectOf(title, genres);
    const made = {
      genres,
      version: hash32(JSON.stringify([POSTER_EDITION, subject])).toString(36),
      dominantColor: dominantColour(subject),
    };
    looks.set(title, made);
    return made;
  }

  return {
    version: (title, genres) => look(title, genres).version,
    draw: (title, genres, width) => drawPoster(subjectOf(title, genres), { width, height: heightFor(width) }),
    describe(title, genres, width) {
      const { version, dominantColor } = look(title, genres);
      const address = `${prefix}/artwork/${encodeURIComponent(title.id)}.svg`;
      return {
        url: `${address}?width=${width}&v=${version}`,
        width,
        height: heightFor(width),
        dominantColor,
        alt: `Poster of ${title.name}${title.releaseYear === undefined ? '' : ` (${title.releaseYear})`}`,
      };
    },
  };
}

/** The same records, which are never changed in place. */
function areSame(one: readonly Genre[], other: readonly Genre[]): boolean {
  return one.length === other.length && one.every((genre, i) => genre === other[i]);
}

function subjectOf(title: Title, genres: readonly Genre[]): PosterSubject {
  return {
    id: title.id,
    name: title.name,
    year: title.releaseYear,
    series: title.kind === 'SERIES',
    genres: genres.map(({ name }) => name),
  };
}
