/** The first pick of the page, large. */
import { type CardOptions, controls, poster } from './card.ts';
import { element } from './element.ts';
import { cardData, facts, type Home, type Item, type Row } from './home.ts';

/** Continue-watching is no discovery; the first row after it is what the page wants to say. */
export function leadOf(home: Home): { row: Row; item: Item } | undefined {
  const row = home.rows.nodes.find(
    ({ kind, items }) => kind !== 'CONTINUE_WATCHING' && items.nodes.length > 0,
  );
  const item = row?.items.nodes[0];
  return row === undefined || item === undefined ? undefined : { row, item };
}

export function billboard(lead: { row: Row; item: Item }, options: CardOptions): HTMLElement {
  const { row, item } = lead;
  const { title } = item;
  const backdrop = element('div', { class: 'backdrop' }, poster(item));
  return element(
    'section',
    { class: 'billboard', data: cardData(item) },
    backdrop,
    element('div', { class: 'billboard-poster' }, poster(item)),
    element(
      'div',
      { class: 'billboard-text' },
      element('p', { class: 'kicker' }, row.headline),
      element('h1', {}, title.name),
      element('p', { class: 'facts' }, facts(title)),
      title.directors !== undefined &&
        title.directors.length > 0 &&
        element('p', { class: 'facts' }, `Directed by ${title.directors.map(({ name }) => name).join(', ')}`),
      title.synopsis !== null && element('p', { class: 'synopsis' }, title.synopsis),
      item.reason !== null && element('p', { class: 'reason' }, item.reason.text),
      options.canAct && controls(item, options),
    ),
  );
}
