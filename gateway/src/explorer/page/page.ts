/**
 * The start page: a persona's home, and buttons that change it. Every action is sent to the platform and the
 * home is asked for again, so what changes on the screen is what the platform changed.
 */
import { type Action, Actions } from './actions.ts';
import { billboard, leadOf } from './billboard.ts';
import { type CardOptions, card } from './card.ts';
import { type Changes, changesBetween, NO_CHANGES } from './changes.ts';
import { degradations, NEWCOMER, type Persona, toast, topBar, underTheHood } from './chrome.ts';
import { byId, element } from './element.ts';
import { type Answer, Operations } from './graphql.ts';
import type { Home, Row } from './home.ts';
import { Impressions } from './impressions.ts';

const operations = await Operations.load();
const actions = new Actions(operations);
const impressions = new Impressions(operations);
const personas: readonly Persona[] = [
  ...((await (await fetch('/personas')).json()) as readonly Persona[]),
  { ...NEWCOMER, id: `newcomer-${crypto.randomUUID().slice(0, 8)}` },
];

let current = personas.find(({ id }) => id === decodeURIComponent(location.hash.slice(1))) ?? personas[0]!;
let shown: Home | undefined;
let busy = false;

async function choose(persona: Persona): Promise<void> {
  current = persona;
  shown = undefined;
  operations.profileId = persona.id;
  history.replaceState(null, '', `#${encodeURIComponent(persona.id)}`);
  byId('top').replaceChildren(...topBar(personas, current, (next) => void choose(next)));
  byId('top').querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  await load();
  scrollTo({ top: 0 });
}

/** Asks for the home and shows it. @returns what is different from the one shown before. */
async function load(): Promise<Changes> {
  const place = byId('home');
  place.setAttribute('aria-busy', 'true');
  const answer = await operations.run<{ home: Home | null }>('HomeRows');
  place.setAttribute('aria-busy', 'false');
  for (const { message } of answer.errors) toast('The platform reports', message);
  const home = answer.data?.home;
  if (home === null || home === undefined) {
    place.replaceChildren(element('p', { class: 'empty' }, 'There is no home to show.'));
    return NO_CHANGES;
  }
  const changes = shown === undefined ? NO_CHANGES : changesBetween(shown, home);
  shown = home;
  await transition(() => show(home, changes, answer));
  return changes;
}

function show(home: Home, changes: Changes, answer: Answer<unknown>): void {
  const offsets = rowOffsets();
  impressions.reset();
  const options = (titleId: string, headline: string): CardOptions => ({
    headline,
    actions,
    fresh: changes.newTitles.has(titleId),
    canAct: operations.profileId !== '',
    perform: (action) => void perform(action),
  });
  const lead = leadOf(home);
  const rows = home.rows.nodes.map((row) => rowElement(row, changes, options));
  const notice = degradations(home);
  byId('home').replaceChildren(
    ...(lead === undefined ? [] : [billboard(lead, options(lead.item.title.id, lead.row.headline))]),
    ...(notice === undefined ? [] : [notice]),
    ...rows,
    ...(rows.length === 0
      ? [element('p', { class: 'empty' }, 'No titles fit. The page says why above.')]
      : []),
  );
  byId('foot').replaceChildren(underTheHood(home, answer, operations.profileId));
  for (const track of document.querySelectorAll<HTMLElement>('.track')) {
    track.scrollLeft = offsets.get(track.dataset.row ?? '') ?? 0;
  }
  for (const seen of document.querySelectorAll('.card')) impressions.watch(seen);
}

function rowElement(
  row: Row,
  changes: Changes,
  options: (titleId: string, headline: string) => CardOptions,
): HTMLElement {
  const kind = row.kind.toLowerCase().replaceAll('_', ' ');
  const track = element(
    'div',
    { class: 'track', data: { row: row.headline } },
    ...row.items.nodes.map((item) => card(item, options(item.title.id, row.headline))),
  );
  return element(
    'section',
    { class: `row ${row.kind.toLowerCase().replaceAll('_', '-')}` },
    element(
      'h2',
      {},
      row.headline,
      !row.headline.toLowerCase().startsWith(kind) && element('small', {}, kind),
      changes.newRows.has(row.headline) && element('em', {}, 'new'),
    ),
    track,
  );
}

function rowOffsets(): ReadonlyMap<string, number> {
  const tracks = [...document.querySelectorAll<HTMLElement>('.track')];
  return new Map(tracks.map((track) => [track.dataset.row ?? '', track.scrollLeft]));
}

async function perform(action: Action): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    const errors = await action.run();
    if (errors.length > 0) {
      toast('That did not work', errors.join(' '));
      return;
    }
    const { summary } = await load();
    const { undo } = action;
    toast(action.done, summary === '' ? 'the page is the same' : summary, undo && (() => void perform(undo)));
  } finally {
    busy = false;
  }
}

/** Fades from the old page to the new one where the browser can. */
async function transition(change: () => void): Promise<void> {
  if (!('startViewTransition' in document) || matchMedia('(prefers-reduced-motion: reduce)').matches)
    return change();
  await document.startViewTransition(change).updateCallbackDone;
}

addEventListener('pagehide', () => void impressions.flush());
await choose(current);
