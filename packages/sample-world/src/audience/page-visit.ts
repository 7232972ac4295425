/**
 * One viewer in front of one page, whoever made the page: the simulated history's logging policy or a live
 * service. Items on screen become impressions; each is examined by its place; an examined item is played by
 * affinity. Used for both, so that training data and closed-loop tests follow the same ground truth.
 */
import type { MarqueeEvent, Random } from '@marquee/domain';
import { type AffinityContext, affinity } from './affinity.ts';
import { draftEvent, type Place } from './event-draft.ts';
import { examinationProbability } from './examination.ts';
import type { FilmWorld } from './film-world.ts';
import { play } from './playback.ts';
import type { Viewer } from './viewers.ts';
import type { ViewingMemory } from './viewing-memory.ts';
import { playProbability } from './watch-model.ts';

export interface ShownItem {
  /** Index in the film world. */
  readonly title: number;
  readonly place: Place;
  /** Multiplies the probability of a play: what the title is shown with. Default 1. */
  readonly appeal?: number;
}

export interface PageVisit {
  readonly world: FilmWorld;
  readonly viewer: Viewer;
  readonly memory: ViewingMemory;
  readonly context: AffinityContext;
  readonly random: Random;
}

/** The evening ends after this long; no further title is begun. */
const EVENING_MS = 2.5 * 3_600_000;
const ANOTHER_ONE = 0.25;
const MAX_PLAYS = 2;
const SAVE = 0.05;
const SAVE_MIN_AFFINITY = 1;

/** Appends impressions of all items on screen; returns when the last was seen. */
export function seeItems(
  visit: PageVisit,
  items: readonly ShownItem[],
  at: number,
  events: MarqueeEvent[],
): number {
  const { world, viewer, context, random } = visit;
  let instant = at;
  for (const { title, place } of items) {
    const payload = { titleId: world.titles[title]!.id, device: context.device };
    events.push(draftEvent('IMPRESSION', viewer.id, instant, payload, place));
    instant += 600 + random.integer(2_000);
  }
  return instant;
}

/** Scans the items in page order and plays what appeals; returns when the viewer leaves. */
export function chooseAndPlay(
  visit: PageVisit,
  items: readonly ShownItem[],
  at: number,
  events: MarqueeEvent[],
): number {
  const { world, viewer, memory, context, random } = visit;
  let instant = at;
  let plays = 0;
  for (const { title, place, appeal = 1 } of items) {
    if (random.next() >= examinationProbability(place.row, place.position)) continue;
    instant += 1_000;
    const value = affinity(world, viewer.taste, title, context);
    const seen = memory.finished.includes(title);
    if (random.next() < Math.min(1, appeal * playProbability(value, seen))) {
      const begun = instant;
      const fromSeconds = memory.unfinished.find((entry) => entry.title === title)?.positionSeconds ?? 0;
      instant = play({ ...visit, place, fromSeconds }, title, instant, events);
      plays++;
      const abandoned = instant - begun < 400_000;
      if (plays >= MAX_PLAYS || instant - at > EVENING_MS) break;
      if (!abandoned && random.next() >= ANOTHER_ONE) break;
    } else if (value > SAVE_MIN_AFFINITY && !seen && random.next() < SAVE && !memory.saved.includes(title)) {
      memory.saved.push(title);
      events.push(draftEvent('LIST_SAVED', viewer.id, instant, { titleId: world.titles[title]!.id }, place));
    }
  }
  return instant;
}
