/** What is around the rows: who one is, how the page was made, what just happened. */
import { cardToCome } from './card.ts';
import { element } from './element.ts';
import type { PartialAnswer } from './graphql.ts';
import type { Home } from './home.ts';
import type { LiveState } from './live.ts';

export interface Persona {
  readonly id: string;
  readonly name: string;
  readonly tastes: readonly string[];
}

/** A profile nobody has heard of: shows what a newcomer gets. */
export const NEWCOMER: Persona = { id: '', name: 'Somebody new', tastes: ['no history at all'] };

export function topBar(
  personas: readonly Persona[],
  current: Persona,
  choose: (persona: Persona) => void,
): readonly HTMLElement[] {
  const switcher = element('nav', { class: 'personas', label: 'Persona' });
  for (const persona of personas) {
    const chosen = persona === current;
    const chip = element(
      'button',
      { class: 'persona', pressed: chosen, title: persona.tastes.join(', '), onClick: () => choose(persona) },
      avatar(persona),
      element('span', { class: 'persona-name' }, persona.name),
      element('span', { class: 'persona-tastes' }, persona.tastes.join(', ')),
    );
    switcher.append(chip);
  }
  return [
    element(
      'div',
      { class: 'bar' },
      element('a', { class: 'brand', href: '/' }, 'MARQUEE'),
      element(
        'div',
        { class: 'links' },
        element('span', { class: 'live', data: { state: 'connecting' } }, LIVE_WORDS.connecting),
        element('a', { href: '/explorer/' }, 'GraphQL editor'),
        element('a', { href: '/ready' }, 'Readiness'),
        element('a', { href: '/personas' }, 'Personas'),
      ),
    ),
    switcher,
  ];
}

const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  broken: 'Not live, trying again',
  refused: 'Not live',
};

/** Whether the page hears of what happens elsewhere. */
export function showLive(state: LiveState): void {
  for (const place of document.querySelectorAll<HTMLElement>('.live')) {
    place.dataset.state = state;
    place.textContent = LIVE_WORDS[state];
  }
}

/** While nothing has come yet. */
export function rowsToCome(): readonly HTMLElement[] {
  return Array.from({ length: 3 }, () =>
    element(
      'section',
      { class: 'row', label: 'Loading' },
      element('h2', { class: 'to-come-line' }, '\u00a0'),
      element('div', { class: 'track' }, ...Array.from({ length: 10 }, cardToCome)),
    ),
  );
}

export function failure(messages: readonly string[], again: () => void): HTMLElement {
  return element(
    'div',
    { class: 'empty failure' },
    element('strong', {}, 'The page cannot be shown'),
    ...messages.map((message) => element('p', {}, message)),
    element('button', { onClick: again }, 'Try again'),
  );
}

/** A colour of one's own, from the name. */
function avatar({ name }: Persona): HTMLElement {
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0] ?? '')
    .join('');
  const made = element('span', { class: 'avatar' }, initials.toUpperCase());
  let hue = 0;
  for (const character of name) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360;
  made.style.setProperty('--hue', String(hue));
  return made;
}

export function degradations(home: Home): HTMLElement | undefined {
  if (home.degradations.length === 0) return undefined;
  return element(
    'aside',
    { class: 'degradations' },
    element('strong', {}, 'This page is not the full one'),
    element(
      'ul',
      {},
      ...home.degradations.map(({ step, component, message, code }) =>
        element(
          'li',
          {},
          element('code', {}, step),
          ` ${component}: ${message} `,
          element('small', {}, code),
        ),
      ),
    ),
  );
}

/** @param firstMs until there was something to see. */
export function underTheHood(
  home: Home,
  answer: PartialAnswer<unknown>,
  firstMs: number,
  profileId: string,
): HTMLElement {
  const titles = home.rows.nodes.reduce((total, row) => total + row.items.nodes.length, 0);
  const fact = (name: string, value: string) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value));
  const curl = `curl ${location.origin}/graphql -H 'content-type: application/json'${profileId === '' ? '' : ` -H 'x-profile-id: ${profileId}'`} -d '{"query":"{ home { rows { nodes { headline items(first: 5) { nodes { title { name } } } } } } }"}'`;
  return element(
    'section',
    { class: 'hood' },
    element('h2', {}, 'How this page was made'),
    element(
      'dl',
      {},
      fact('first rows in', `${firstMs.toFixed(0)} ms`),
      fact('all of it in', answer.isWhole ? `${answer.durationMs.toFixed(0)} ms` : '…'),
      fact('parts', answer.isWhole ? String(answer.parts) : `${answer.parts} so far`),
      fact('size', `${(answer.bytes / 1024).toFixed(0)} KB`),
      fact('rows', String(home.rows.nodes.length)),
      fact('titles', String(titles)),
      fact(
        'models',
        home.modelVersions.map(({ name, version }) => `${name} ${version}`).join(', ') || 'none',
      ),
      fact('slate', home.slateId),
      fact('made at', new Date(home.generatedAt).toLocaleTimeString()),
    ),
    element('pre', {}, curl),
  );
}

/** A message that goes away by itself. */
export function toast(text: string, detail: string, undo?: () => void): void {
  const made = element(
    'div',
    { class: 'toast' },
    element('strong', {}, text),
    detail !== '' && element('span', {}, detail),
  );
  if (undo !== undefined) {
    made.append(
      element(
        'button',
        {
          onClick: () => {
            made.remove();
            undo();
          },
        },
        'Undo',
      ),
    );
  }
  const toasts = document.getElementById('toasts');
  toasts?.append(made);
  while (toasts !== null && toasts.childElementCount > 3) toasts.firstElementChild?.remove();
  setTimeout(() => made.remove(), 7_000);
}
