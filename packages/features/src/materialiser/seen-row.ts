/** The row of a page that an event counts for besides its title: a look at the row, or what began in it. */
import { type MarqueeEvent, ROW_KINDS } from '@marquee/domain';
import { COUNTED_ROWS, pageRowId } from '../views/page-row.view.ts';

const KINDS: ReadonlySet<string> = new Set(ROW_KINDS);

/**
 * Entity of `pageRowView`; undefined for what came from no row of a home page. Of a row's impressions the first place's alone
 * counts, whatever else of it was on screen: so a row is seen once each time it is shown.
 */
export function seenRowOf(event: MarqueeEvent): string | undefined {
  switch (event.type) {
    case 'IMPRESSION':
      if (event.position !== 0) return undefined;
      break;
    case 'PLAY_START':
    case 'PLAY_PROGRESS':
    case 'PLAY_STOP':
      break;
    default:
      return undefined;
  }
  const { rowKind } = event.payload;
  const { row } = event;
  if (rowKind === undefined || row === undefined || row >= COUNTED_ROWS || !KINDS.has(rowKind))
    return undefined;
  return pageRowId(rowKind, row);
}
