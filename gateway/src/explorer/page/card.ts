/** One title in a row: the poster, why it is there, and what one can do with it. */
import type { Action, Actions } from './actions.ts';
import { element, icon } from './element.ts';
import { cardData, facts, hasCome, type Item, watchedShare } from './home.ts';

export const ICONS = {
  play: 'M7 4.5v15l12-7.5z',
  like: 'M12 20.5 4.6 13a4.9 4.9 0 0 1 7-6.9l.4.5.4-.5a4.9 4.9 0 0 1 7 6.9z',
  add: 'M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z',
  listed: 'M9.5 17.6 4 12l1.6-1.6 3.9 4L18.4 6 20 7.5z',
  hide: 'M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z',
} as const;

export interface CardOptions {
  readonly actions: Actions;
  readonly fresh: boolean;
  /** Of the row the card stands in. */
  readonly headline: string;
  /** Anonymous viewers look only. */
  readonly canAct: boolean;
  perform(action: Action): void;
}

export function card(item: Item, options: CardOptions): HTMLElement {
  const { title } = item;
  const watched = watchedShare(title);
  const made = element(
    'article',
    { class: options.fresh ? 'card fresh' : 'card', data: cardData(item) },
    element(
      'div',
      { class: 'poster' },
      poster(item),
      title.viewer?.reaction === 'LIKE' &&
        element('span', { class: 'badge liked', title: 'Liked' }, icon(ICONS.like)),
      title.viewer?.inMyList === true &&
        element('span', { class: 'badge listed', title: 'In my list' }, icon(ICONS.listed)),
      watched !== undefined && progressBar(watched),
      element(
        'div',
        { class: 'over' },
        element('p', { class: 'facts' }, facts(title)),
        options.canAct && controls(item, options),
      ),
    ),
    element('h3', {}, title.name),
    // Where the row's headline says it already, it is not said again.
    item.reason !== null &&
      item.reason.text !== options.headline &&
      element('p', { class: 'reason' }, item.reason.text),
  );
  made.tabIndex = 0;
  return made;
}

/** Where a title will be when it has come. */
export function cardToCome(): HTMLElement {
  return element(
    'article',
    { class: 'to-come', label: 'On its way' },
    element('div', { class: 'poster' }),
    element('h3', {}, '\u00a0'),
  );
}

/** Puts in what has come. @param places where titles were to come; those that have are taken out of it. */
export function fill(places: Map<HTMLElement, [Item, CardOptions]>): readonly HTMLElement[] {
  const filled: HTMLElement[] = [];
  for (const [place, [item, options]] of places) {
    if (!hasCome(item)) continue;
    places.delete(place);
    const made = card(item, options);
    place.replaceWith(made);
    filled.push(made);
  }
  return filled;
}

export function controls(
  item: Item,
  { actions, perform }: Pick<CardOptions, 'actions' | 'perform'>,
): HTMLElement {
  const { viewer, name } = item.title;
  const liked = viewer?.reaction === 'LIKE';
  const listed = viewer?.inMyList === true;
  const button = (kind: keyof typeof ICONS, words: string, make: () => Action, pressed?: boolean) =>
    element(
      'button',
      {
        class: `control ${kind}`,
        title: words,
        label: `${words}: ${name}`,
        ...(pressed === undefined ? {} : { pressed }),
        onClick: () => perform(make()),
      },
      icon(ICONS[kind]),
    );
  return element(
    'div',
    { class: 'controls' },
    button('play', 'Play 10 minutes', () => actions.play(item)),
    button('like', liked ? 'Take the like back' : 'Like', () => actions.toggleLike(item), liked),
    button(
      listed ? 'listed' : 'add',
      listed ? 'Off my list' : 'Add to my list',
      () => actions.toggleList(item),
      listed,
    ),
    button('hide', 'Hide', () => actions.hide(item)),
  );
}

export function poster({ artwork, title }: Item): HTMLImageElement {
  const { url, alt, dominantColor } = artwork ?? title.artwork;
  const image = element('img', { src: url, alt: alt ?? title.name });
  image.loading = 'lazy';
  image.decoding = 'async';
  image.style.backgroundColor = dominantColor ?? '';
  return image;
}

function progressBar(share: number): HTMLElement {
  const bar = element('span', { class: 'progress' }, element('i'));
  (bar.firstElementChild as HTMLElement).style.inlineSize = `${Math.round(share * 100)}%`;
  return bar;
}
