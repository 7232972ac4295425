/**
 * The start page: a persona's home, and buttons that change it. The first rows are shown as soon as they come, titles of
 * the others when they do. Every action is sent to the platform and the home is asked for again, so what changes on the
 * screen is what the platform changed; what the same viewer does elsewhere is heard of, and leads to the same.
 */
import { type Action, Actions } from './actions.ts';
import { billboard, leadOf } from './billboard.ts';
import { type CardOptions, card, cardToCome, fill } from './card.ts';
import { type Changes, changesBetween, NO_CHANGES } from './changes.ts';
import {
  degradations,
  failure,
  NEWCOMER,
  type Persona,
  rowsToCome,
  showLive,
  toast,
  topBar,
  underTheHood,
} from './chrome.ts';
import { byId, element } from './element.ts';
import { Operations, type PartialAnswer } from './graphql.ts';
import { type DeferredHome, type Home, hasCome, homeOf, type Item, type Row } from './home.ts';
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
let unfollow = (): void => undefined;
/** Ends the load before: what it would show is not wanted any more. */
let loading = new AbortController();
/** Where titles will be that have not come. */
let toCome = new Map<HTMLElement, [Item, CardOptions]>();

async function choose(persona: Persona): Promise<void> {
  current = persona;
  shown = undefined;
  operations.profileId = persona.id;
  history.replaceState(null, '', `#${encodeURIComponent(persona.id)}`);
  byId('top').replaceChildren(...topBar(personas, current, (next) => void choose(next)));
  byId('top').querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  byId('home').replaceChildren(...rowsToCome());
  byId('foot').replaceChildren();
  listen();
  await load();
  scrollTo({ top: 0 });
}

/** Hears of pages that feedback made, wherever it was given. Of them it needs no more than which page it is. */
function listen(): void {
  unfollow();
  unfollow = operations.follow(
    'HomeChanged',
    { rows: 1, items: 1 },
    {
      onEvent: (data) => {
        const changed = (data as { homeChanged?: { slateId: string } | null } | undefined)?.homeChanged;
        if (changed) void heardOf(changed.slateId);
      },
      onState: (state, again) => {
        showLive(state);
        // Of what happened in between nobody told.
        if (state === 'live' && again) void heardOf(undefined);
      },
    },
  );
}

async function heardOf(slateId: string | undefined): Promise<void> {
  // Whoever acts here loads the page himself, and has seen the change then.
  if (busy || shown === undefined || shown.slateId === slateId) return;
  const { summary } = await load();
  if (summary !== '') toast('Changed elsewhere', summary);
}

/** Asks for the home and shows it as it comes. @returns what is different from the one shown before. */
async function load(): Promise<Changes> {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const place = byId('home');
  place.setAttribute('aria-busy', 'true');
  let changes: Changes | undefined;
  let firstMs = 0;
  let home: Home | undefined;
  for await (const answer of operations.inParts<{ home: DeferredHome | null }>(
    'HomeRowsDeferred',
    {},
    signal,
  )) {
    if (signal.aborted) return NO_CHANGES;
    const deferred = answer.data?.home;
    if (deferred && home === undefined) {
      home = homeOf(deferred);
      firstMs = answer.durationMs;
      changes = shown === undefined ? NO_CHANGES : changesBetween(shown, home);
      shown = home;
      const [made, told] = [home, changes];
      await transition(() => show(made, told));
    } else {
      for (const filled of fill(toCome)) impressions.watch(filled);
    }
    if (home !== undefined)
      byId('foot').replaceChildren(underTheHood(home, answer, firstMs, operations.profileId));
    if (answer.isWhole) finish(answer, home);
  }
  place.setAttribute('aria-busy', 'false');
  return changes ?? NO_CHANGES;
}

function finish({ errors }: PartialAnswer<unknown>, home: Home | undefined): void {
  const messages = [...new Set(errors.map(({ message }) => message))];
  // What has not come by now does not come any more.
  for (const missing of toCome.keys()) missing.remove();
  toCome.clear();
  if (home !== undefined) for (const message of messages) toast('The platform reports', message);
  else byId('home').replaceChildren(failure(messages, () => void choose(current)));
}

function show(home: Home, changes: Changes): void {
  const offsets = rowOffsets();
  impressions.reset();
  toCome = new Map();
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
    ...row.items.nodes.map((item) => {
      const own = options(item.title.id, row.headline);
      if (hasCome(item)) return card(item, own);
      const place = cardToCome();
      toCome.set(place, [item, own]);
      return place;
    }),
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
