/**
 * How much a picture invites to play, against the title's own: of a title that has several, people of a segment react to one of
 * them more. It says nothing about how long they watch.
 */
import { hash32, type Title } from '@marquee/domain';

type Pictured = Pick<Title, 'id' | 'artworkVariants'>;

/** Plays of the best picture to those of the others. */
export const BEST_PICTURE = 1.4;

/** Multiplies the probability of a play; 1 for the title's own picture, as on pages that choose none. */
export function artworkAppeal(title: Pictured, variant: number, segment: string): number {
  const best = bestArtwork(title, segment);
  const invites = (which: number): number => (which === best ? BEST_PICTURE : 1);
  return best === undefined ? 1 : invites(variant) / invites(0);
}

/** Undefined for a title with one picture. */
export function bestArtwork({ id, artworkVariants }: Pictured, segment: string): number | undefined {
  return artworkVariants === undefined ? undefined : hash32(`appeal\n${id}\n${segment}`) % artworkVariants;
}
