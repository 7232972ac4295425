/**
 * A persona's past, scripted rather than drawn, so that a person who reads it recognises the taste: watches spread
 * over the whole period and picked from what the persona likes best, likes on the favourites, saved titles they
 * have not seen, a followed director, one thing they did not like, and two films left unfinished at the end.
 */
import {
  createRandom,
  DAY_MS,
  HOUR_MS,
  hash32,
  isAvailable,
  type MarqueeEvent,
  type Random,
  withinMaturity,
} from '@marquee/domain';
import { steadyAffinity } from './affinity.ts';
import { createBestTitles } from './best-titles.ts';
import { draftEvent } from './event-draft.ts';
import type { FilmWorld } from './film-world.ts';
import { type ShownItem, seeItems } from './page-visit.ts';
import type { PersonaDefinition } from './personas.ts';
import { recordPlay } from './playback.ts';
import type { TitlePools } from './pools.ts';
import { deviceAt, hourOf } from './schedule.ts';
import type { Viewer } from './viewers.ts';
import { emptyMemory, knows, type ViewingMemory } from './viewing-memory.ts';

/** The persona's favourites: this many times as many titles as are watched. */
const POOL_FACTOR = 1.8;
/** How much more often the very favourites are picked from the pool. */
const STEEPNESS = 1.6;
const LIKED_SHARE = 0.3;
const SAVED = 5;
const UNFINISHED = 2;
const SHOWN = 12;
const ROW_LENGTH = 6;
/** Fewer watches than this are told without the trimmings. */
const FULL_SCRIPT = 10;

interface Script {
  readonly world: FilmWorld;
  readonly pools: TitlePools;
  readonly viewer: Viewer;
  readonly persona: PersonaDefinition;
  readonly memory: ViewingMemory;
  readonly random: Random;
  readonly events: MarqueeEvent[];
}

/** The persona's events from registration on, in order of time, within the `days` before `now`. */
export function personaHistory(
  viewer: Viewer,
  persona: PersonaDefinition,
  options: { world: FilmWorld; pools: TitlePools; seed: number; days: number; now: number },
): MarqueeEvent[] {
  const { world, pools, now, days } = options;
  const random = createRandom(hash32(persona.id, options.seed));
  const script: Script = { world, pools, viewer, persona, memory: emptyMemory(), random, events: [] };
  const full = persona.watches >= FULL_SCRIPT;
  const registeredAt = full
    ? now - (days + 0.5) * DAY_MS
    : now - (persona.watches === 0 ? HOUR_MS : 2 * DAY_MS);
  script.events.push(
    draftEvent('PROFILE_REGISTERED', viewer.id, registeredAt, {
      name: viewer.name,
      segment: persona.segment,
      region: persona.region,
      ...(persona.maturityLimit === undefined ? {} : { maturityLimit: persona.maturityLimit }),
    }),
  );
  if (persona.watches > 0) tellWatches(script, full ? now - days * DAY_MS : registeredAt, now);
  if (full) tellOpinions(script, now - days * DAY_MS, now);
  return script.events
    .filter(({ occurredAt }) => occurredAt < now)
    .sort((a, b) => a.occurredAt - b.occurredAt);
}

/** Evenly spread sessions, each with a page and one watch; the last two stop half way. */
function tellWatches(script: Script, from: number, now: number): void {
  const { world, viewer, persona, random, events } = script;
  const favourites = favouriteTitles(script, from, Math.ceil(persona.watches * POOL_FACTOR));
  const chosen = pickByAffinity(script, favourites, persona.watches);
  // The last session ends well before now, and sessions are at least half a day apart where there is room.
  const step = (now - 8 * HOUR_MS - from) / persona.watches;
  for (const [i, title] of chosen.entries()) {
    const at = Math.floor(from + step * (i + 0.2 * random.next()));
    const context = { hour: hourOf(at), device: deviceAt(viewer.taste.segment, random.next()), now: at };
    const items = shownPage(script, title, favourites, at, i);
    const visit = { world, viewer, memory: script.memory, context, random };
    const afterPage = seeItems(visit, items, at, events);
    const runtime = world.runtimeSeconds[title]!;
    const unfinished = persona.watches >= FULL_SCRIPT && i >= chosen.length - UNFINISHED;
    const fraction = unfinished ? 0.35 + 0.25 * random.next() : random.next() < 0.85 ? 0.95 : 0.6;
    const sampled = {
      outcome: fraction > 0.9 ? ('finish' as const) : ('partial' as const),
      watchedSeconds: Math.round(runtime * fraction),
    };
    // An affinity of 0 leaves likes and follows to `tellOpinions`.
    const place = items.find((item) => item.title === title)!.place;
    recordPlay({ ...visit, place }, title, afterPage, sampled, 0, events);
  }
}

/** Twelve items on screen: the one that is watched, other favourites, and popular titles. */
function shownPage(
  script: Script,
  title: number,
  favourites: readonly number[],
  at: number,
  i: number,
): ShownItem[] {
  const { world, pools, viewer, memory, random } = script;
  const page = [title];
  const popular = pools.pool(viewer.taste.maturityLimit);
  for (let tries = 0; page.length < SHOWN && tries < 5 * SHOWN; tries++) {
    const other = random.next() < 0.5 ? random.pick(favourites) : popular.popular(random);
    const fits = other >= 0 && isAvailable(world.titles[other]!.availability, at, viewer.taste.region);
    if (fits && !page.includes(other) && !knows(memory, other)) page.push(other);
  }
  const slateId = `sim-slate-${viewer.id}-${i}`;
  return random.shuffle(page).map((shown, place) => ({
    title: shown,
    place: { slateId, row: Math.floor(place / ROW_LENGTH), position: place % ROW_LENGTH },
  }));
}

function tellOpinions(script: Script, from: number, now: number): void {
  const { world, viewer, persona, memory, random, events } = script;
  const say = draftEvent;
  const liked = [...memory.finished]
    .sort((a, b) => steadyAffinity(world, viewer.taste, b) - steadyAffinity(world, viewer.taste, a))
    .slice(0, Math.ceil(LIKED_SHARE * persona.watches));
  for (const title of liked) {
    const titleId = world.titles[title]!.id;
    const stop = events.find((event) => event.type === 'PLAY_STOP' && event.payload.titleId === titleId)!;
    events.push(say('REACTION_SET', viewer.id, stop.occurredAt + 20_000, { titleId, reaction: 'LIKE' }));
  }
  const begun = new Set(
    events.flatMap((event) => (event.type === 'PLAY_START' ? event.payload.titleId : [])),
  );
  const unseen = favouriteTitles(script, from, 4 * persona.watches).filter(
    (title) => !begun.has(world.titles[title]!.id),
  );
  for (const [i, title] of unseen.slice(0, SAVED).entries()) {
    const at = now - (12 - 2 * i) * DAY_MS - random.integer(DAY_MS);
    events.push(say('LIST_SAVED', viewer.id, at, { titleId: world.titles[title]!.id }));
  }
  const hashes = [...(viewer.taste.directors?.keys() ?? [])];
  const followed = Object.keys(persona.directors).find((_, i) => world.director.includes(hashes[i]!));
  if (followed !== undefined && !memory.followed.includes(followed)) {
    memory.followed.push(followed);
    events.push(say('PERSON_FOLLOWED', viewer.id, now - 30 * DAY_MS, { personId: followed }));
  }
  const disliked = script.pools.pool(viewer.taste.maturityLimit);
  for (let tries = 0; tries < 50; tries++) {
    const title = disliked.popular(random);
    if (title < 0 || steadyAffinity(world, viewer.taste, title) > -0.5 || knows(memory, title)) continue;
    const titleId = world.titles[title]!.id;
    events.push(say('REACTION_SET', viewer.id, now - 20 * DAY_MS, { titleId, reaction: 'DISLIKE' }));
    break;
  }
}

/** The persona's best titles among those that were there all the time, best first. */
function favouriteTitles({ world, viewer }: Script, from: number, count: number): readonly number[] {
  const { taste } = viewer;
  const best = createBestTitles(count);
  for (const [i, { availability, maturityRating }] of world.titles.entries()) {
    if (!withinMaturity(maturityRating, taste.maturityLimit)) continue;
    const value = steadyAffinity(world, taste, i);
    if (best.wants(value) && isAvailable(availability, from, taste.region)) best.offer(i, value);
  }
  return best.list.map(({ title }) => title);
}

function pickByAffinity(
  { world, viewer, random }: Script,
  pool: readonly number[],
  count: number,
): readonly number[] {
  const rest = [...pool];
  const picked: number[] = [];
  while (picked.length < count && rest.length > 0) {
    const weights = rest.map((title) => Math.exp(STEEPNESS * steadyAffinity(world, viewer.taste, title)));
    picked.push(rest.splice(random.weighted(weights), 1)[0]!);
  }
  return picked;
}
