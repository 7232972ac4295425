/**
 * Where a title's posters are and what they look like: its own, and variants of it where there are some. Addresses carry a version that follows from everything
 * drawn, so that a picture behind an address never changes and may be cached for ever.
 */
import { artworkId } from '@marquee/catalogue';
import { type Genre, hash32, type Title } from '@marquee/domain';
import { heightFor } from './artwork-size.ts';
import { dominantColour, drawPoster, POSTER_EDITION, type PosterSubject } from './poster/poster.ts';

export interface PosterDescription {
  readonly id: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly dominantColor: string;
  readonly alt: string;
}

export interface Posters {
  /** @param variant below `variantsOf(title)`. Default 0, the title's own */
  describe(title: Title, genres: readonly Genre[], width: number, variant?: number): PosterDescription;
  /** As SVG. */
  draw(title: Title, genres: readonly Genre[], width: number, variant?: number): string;
  version(title: Title, genres: readonly Genre[], variant?: number): string;
}

/** How many posters a title has, its own included. */
export function variantsOf({ artworkVariants = 1 }: Title): number {
  return artworkVariants;
}

/** What follows from a title, its genres and the variant alone, in any size. */
interface Look {
  readonly genres: readonly Genre[];
  readonly version: string;
  readonly dominantColor: string;
}

export function createPosters({ baseUrl }: { readonly baseUrl: string }): Posters {
  const prefix = baseUrl.replace(/\/+$/, '');
  /** Goes with the record. */
  const looks = new WeakMap<Title, Look[]>();

  function look(title: Title, genres: readonly Genre[], variant: number): Look {
    let ofTitle = looks.get(title);
    if (ofTitle === undefined) {
      ofTitle = [];
      looks.set(title, ofTitle);
    }
    const known = ofTitle[variant];
    if (known !== undefined && areSame(known.genres, genres)) return known;
    const subject = subjectOf(title, genres, variant);
    const made = {
      genres,
      version: hash32(JSON.stringify([POSTER_EDITION, subject])).toString(36),
      dominantColor: dominantColour(subject),
    };
    ofTitle[variant] = made;
    return made;
  }

  return {
    version: (title, genres, variant = 0) => look(title, genres, variant).version,
    draw: (title, genres, width, variant = 0) =>
      drawPoster(subjectOf(title, genres, variant), { width, height: heightFor(width) }),
    describe(title, genres, width, variant = 0) {
      const { version, dominantColor } = look(title, genres, variant);
      const address = `${prefix}/artwork/${encodeURIComponent(title.id)}.svg`;
      return {
        id: artworkId({ titleId: title.id, variant, width }),
        url: `${address}?width=${width}${variant === 0 ? '' : `&variant=${variant}`}&v=${version}`,
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

function subjectOf(title: Title, genres: readonly Genre[], variant: number): PosterSubject {
  return {
    id: title.id,
    name: title.name,
    year: title.releaseYear,
    series: title.kind === 'SERIES',
    genres: genres.map(({ name }) => name),
    ...(variant > 0 && { variant }),
  };
}
