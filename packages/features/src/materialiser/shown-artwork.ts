/** The picture that an event counts for besides its title: it was seen, or something began from it. */
import type { MarqueeEvent } from '@marquee/domain';
import { artworkEntity } from '../views/artwork.view.ts';

/** Entity of `artworkView`; undefined for what was shown with the title's own picture, or was not shown. */
export function shownArtworkOf(event: MarqueeEvent): string | undefined {
  switch (event.type) {
    case 'IMPRESSION':
    case 'PLAY_START':
    case 'PLAY_PROGRESS':
    case 'PLAY_STOP': {
      const { titleId, artworkVariant } = event.payload;
      return artworkVariant === undefined ? undefined : artworkEntity(titleId, artworkVariant);
    }
    default:
      return undefined;
  }
}
