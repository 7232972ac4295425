/** The events of one playback, and what the viewer thinks of the title afterwards. */
import type { MarqueeEvent, Random } from '@marquee/domain';
import { type AffinityContext, affinity, directorTaste } from './affinity.ts';
import { draftEvent, type Place } from './event-draft.ts';
import type { FilmWorld } from './film-world.ts';
import type { Viewer } from './viewers.ts';
import { remember, type ViewingMemory } from './viewing-memory.ts';
import { type SampledPlay, samplePlay } from './watch-model.ts';

export interface Playback {
  readonly world: FilmWorld;
  readonly viewer: Viewer;
  readonly memory: ViewingMemory;
  readonly context: AffinityContext;
  readonly random: Random;
  readonly place?: Place;
  /** Playhead at the start, in seconds. Default 0. */
  readonly fromSeconds?: number;
}

const DETAILS = 0.25;
const PROGRESS = 0.35;
const PROGRESS_MIN_SECONDS = 1_200;
const LIKE = 0.2;
const LIKE_MIN_AFFINITY = 1.5;
const DISLIKE = 0.08;
const HIDE = 0.04;
const FOLLOW = 0.12;

/** Draws how long the title is watched, appends its events and returns when the playback ended. */
export function play(playback: Playback, title: number, startedAt: number, events: MarqueeEvent[]): number {
  const { world, viewer, context, random, fromSeconds = 0 } = playback;
  const value = affinity(world, viewer.taste, title, context);
  const rest = Math.max(60, world.runtimeSeconds[title]! - fromSeconds);
  return recordPlay(playback, title, startedAt, samplePlay(value, rest, random), value, events);
}

/** As `play`, with the watch already decided. `watchedSeconds` counts from `fromSeconds`. */
export function recordPlay(
  playback: Playback,
  title: number,
  startedAt: number,
  sampled: SampledPlay,
  value: number,
  events: MarqueeEvent[],
): number {
  const { world, viewer, memory, context, random, place, fromSeconds = 0 } = playback;
  const { watchedSeconds, outcome } = sampled;
  const titleId = world.titles[title]!.id;
  const { device } = context;
  let at = startedAt;
  if (fromSeconds === 0 && random.next() < DETAILS) {
    events.push(draftEvent('DETAILS_OPENED', viewer.id, at, { titleId, device }, place));
    at += 4_000 + random.integer(20_000);
  }
  events.push(
    draftEvent(
      'PLAY_START',
      viewer.id,
      at,
      { titleId, watchedSeconds: 0, positionSeconds: fromSeconds, device },
      place,
    ),
  );
  if (watchedSeconds >= PROGRESS_MIN_SECONDS && random.next() < PROGRESS) {
    const half = Math.round(watchedSeconds / 2);
    const progress = { titleId, watchedSeconds: half, positionSeconds: fromSeconds + half, device };
    events.push(draftEvent('PLAY_PROGRESS', viewer.id, at + half * 1_000, progress, place));
  }
  at += watchedSeconds * 1_000;
  // A title resumed in its last minute is watched for a little longer than is left of it.
  const positionSeconds = Math.min(fromSeconds + watchedSeconds, world.runtimeSeconds[title]!);
  events.push(
    draftEvent('PLAY_STOP', viewer.id, at, { titleId, watchedSeconds, positionSeconds, device }, place),
  );
  remember(memory, title, outcome === 'finish' ? 'finished' : positionSeconds);
  return react(playback, title, outcome, value, at + 5_000, events);
}

function react(
  { world, viewer, memory, random }: Playback,
  title: number,
  outcome: SampledPlay['outcome'],
  value: number,
  at: number,
  events: MarqueeEvent[],
): number {
  const { id: titleId, directorIds } = world.titles[title]!;
  if (outcome === 'finish') {
    if (value > LIKE_MIN_AFFINITY && random.next() < LIKE) {
      events.push(draftEvent('REACTION_SET', viewer.id, at, { titleId, reaction: 'LIKE' }));
    }
    const saved = memory.saved.indexOf(title);
    if (saved >= 0) {
      memory.saved.splice(saved, 1);
      events.push(draftEvent('LIST_REMOVED', viewer.id, at + 1_000, { titleId }));
    }
    const personId = directorIds[0];
    const loved = directorTaste(viewer.taste, world.director[title]!) > 0.5;
    if (personId !== undefined && loved && !memory.followed.includes(personId) && random.next() < FOLLOW) {
      memory.followed.push(personId);
      events.push(draftEvent('PERSON_FOLLOWED', viewer.id, at + 2_000, { personId }));
    }
  } else if (outcome === 'abandon') {
    const draw = random.next();
    if (draw < DISLIKE)
      events.push(draftEvent('REACTION_SET', viewer.id, at, { titleId, reaction: 'DISLIKE' }));
    else if (draw < DISLIKE + HIDE) events.push(draftEvent('TITLE_HIDDEN', viewer.id, at, { titleId }));
    if (draw < DISLIKE + HIDE) memory.refused.push(title);
  }
  return at + 3_000;
}
