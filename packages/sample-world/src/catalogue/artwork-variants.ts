/** A part of the films has more than one picture, so that there is something to choose from. */
import { hash32, type Title, type TitleId } from '@marquee/domain';

/** Two or three for a film in three. */
export function artworkOf(titleId: TitleId): Pick<Title, 'artworkVariants'> {
  const drawn = hash32(`artwork\n${titleId}`);
  return drawn % 3 === 0 ? { artworkVariants: 2 + ((drawn >>> 8) % 2) } : {};
}
