/** What a line of watches is fitted to: the ranking columns, and in training alone where a title stood. */
import { RANKING_COLUMNS } from '@marquee/features';

/** Row of the page, place in it, and that there was one. */
const PLACE_COLUMNS = ['place:row', 'place:position', 'place:page'];

export const LINE_COLUMNS: readonly string[] = [...RANKING_COLUMNS, ...PLACE_COLUMNS];
