/**
 * The fold from events to a profile's state. `foldEvent` changes a working copy, for batches; `applyToProfile`
 * is the same as a pure function of one event. What an event means is decided here and nowhere else.
 */
import { type DeliveredEvent, type EventType, isBeforeErasure } from '@marquee/domain';
import { reportPlayback } from '../profile/playback.ts';
import { WorkingProfile } from '../profile/working-profile.ts';
import {
  MAX_FOLLOWED,
  MAX_HIDDEN,
  MAX_HISTORY,
  MAX_MY_LIST,
  MAX_REACTIONS,
  type ProfileState,
} from '../views/profile-state.view.ts';
import type { TitleLookup } from './materialiser.ts';
import { NO_EFFECT, type TitleEffect } from './title-counters.ts';

/** Taste weights beside those of a playback (see playback.ts), where a whole film watched is 1. */
const REACTION_WEIGHT = { LIKE: 1.5, DISLIKE: -1.5 } as const;
const HIDDEN_WEIGHT = -0.75;
const LISTED_WEIGHT = 0.4;
const FOLLOWED_WEIGHT = 1.5;

/** Types after which a stored page is stale. Seeing or browsing is not one of them. */
const CHANGES_PAGE: ReadonlySet<EventType> = new Set<EventType>([
  'PLAY_START',
  'PLAY_PROGRESS',
  'PLAY_STOP',
  'REACTION_SET',
  'TITLE_HIDDEN',
  'TITLE_UNHIDDEN',
  'LIST_SAVED',
  'LIST_REMOVED',
  'PERSON_FOLLOWED',
  'PERSON_UNFOLLOWED',
  'ONBOARDING_COMPLETED',
  'PROFILE_REGISTERED',
  'PROFILE_ERASED',
]);

/**
 * The state after one event. Pure; an event at or below `appliedSequence` returns the same object. Facts about
 * unknown titles are missing: their plays enter the history but no taste.
 */
export function applyToProfile(
  state: ProfileState,
  delivered: DeliveredEvent,
  titles: TitleLookup,
): ProfileState {
  if (delivered.sequence <= state.appliedSequence) return state;
  const working = new WorkingProfile(state);
  foldEvent(working, delivered, titles);
  return working.freeze();
}

/**
 * Folds one event into a working copy and returns what it means for its title's counters. The caller has made
 * sure that the event is this profile's; one that was applied before changes nothing, and one of a life before the
 * profile's erasure only the place in the log (see `comesTooLate`).
 */
export function foldEvent(
  working: WorkingProfile,
  { sequence, event }: DeliveredEvent,
  titles: TitleLookup,
): TitleEffect {
  if (sequence <= working.appliedSequence) return NO_EFFECT;
  const tooLate = comesTooLate(working, event);
  working.appliedSequence = sequence;
  if (tooLate) return NO_EFFECT;
  if (CHANGES_PAGE.has(event.type)) working.revision = sequence;
  const at = event.occurredAt;
  switch (event.type) {
    case 'IMPRESSION':
      working.countImpression(event.payload.titleId, at);
      return { ...NO_EFFECT, impressions: 1 };
    case 'PLAY_START':
    case 'PLAY_PROGRESS':
    case 'PLAY_STOP': {
      const { titleId } = event.payload;
      const title = titles.get(titleId);
      const change = reportPlayback(working.watchOf(titleId), event, title);
      working.putHistory(change.entry, MAX_HISTORY);
      if (change.firstQualified) working.qualifiedWatches++;
      working.forgetImpressions(titleId);
      working.tasteSums.contribute(title, change.valueBefore, change.valueAfter, at);
      if (!change.watches && !change.completions && !change.abandonments) return NO_EFFECT;
      return {
        ...NO_EFFECT,
        watches: change.watches,
        completions: change.completions,
        abandonments: change.abandonments,
      };
    }
    case 'REACTION_SET':
      return setReaction(working, event.payload.titleId, event.payload.reaction, at, titles);
    case 'TITLE_HIDDEN': {
      const { titleId } = event.payload;
      if (working.hiddenTitleIds.includes(titleId)) return NO_EFFECT;
      working.hiddenTitleIds.push(titleId);
      if (working.hiddenTitleIds.length > MAX_HIDDEN) working.hiddenTitleIds.shift();
      working.tasteSums.contribute(titles.get(titleId), 0, HIDDEN_WEIGHT, at);
      return NO_EFFECT;
    }
    case 'TITLE_UNHIDDEN': {
      const place = working.hiddenTitleIds.indexOf(event.payload.titleId);
      if (place < 0) return NO_EFFECT;
      working.hiddenTitleIds.splice(place, 1);
      working.tasteSums.contribute(titles.get(event.payload.titleId), HIDDEN_WEIGHT, 0, at);
      return NO_EFFECT;
    }
    case 'LIST_SAVED': {
      const { titleId } = event.payload;
      if (working.myList.some((saved) => saved.titleId === titleId)) return NO_EFFECT;
      working.myList.unshift({ titleId, at });
      if (working.myList.length > MAX_MY_LIST) working.myList.pop();
      working.tasteSums.contribute(titles.get(titleId), 0, LISTED_WEIGHT, at);
      return NO_EFFECT;
    }
    case 'LIST_REMOVED': {
      const place = working.myList.findIndex((saved) => saved.titleId === event.payload.titleId);
      const [removed] = place < 0 ? [] : working.myList.splice(place, 1);
      if (removed) working.tasteSums.contribute(titles.get(removed.titleId), LISTED_WEIGHT, 0, removed.at);
      return NO_EFFECT;
    }
    case 'PERSON_FOLLOWED': {
      const { personId } = event.payload;
      if (working.followedPersonIds.includes(personId)) return NO_EFFECT;
      working.followedPersonIds.push(personId);
      if (working.followedPersonIds.length > MAX_FOLLOWED) working.followedPersonIds.shift();
      working.tasteSums.contributePerson(personId, FOLLOWED_WEIGHT, at);
      return NO_EFFECT;
    }
    case 'PERSON_UNFOLLOWED': {
      const place = working.followedPersonIds.indexOf(event.payload.personId);
      if (place < 0) return NO_EFFECT;
      working.followedPersonIds.splice(place, 1);
      working.tasteSums.contributePerson(event.payload.personId, -FOLLOWED_WEIGHT, at);
      return NO_EFFECT;
    }
    case 'ONBOARDING_COMPLETED':
      working.onboardingGenreIds = [...new Set(event.payload.genreIds)];
      return NO_EFFECT;
    case 'PROFILE_REGISTERED': {
      working.registered = true;
      working.segment = event.payload.segment;
      working.region = event.payload.region;
      working.maturityLimit = event.payload.maturityLimit;
      return NO_EFFECT;
    }
    case 'PROFILE_ERASED':
      working.erase(at);
      return NO_EFFECT;
    case 'DETAILS_OPENED':
    case 'EXPOSURE':
    case 'NOTIFICATION_SETTINGS_CHANGED':
    case 'NOTIFICATION_REQUESTED':
    case 'SLATE_SERVED':
    case 'TITLE_CHANGED':
    case 'TITLE_REMOVED':
      return NO_EFFECT;
  }
}

/** True for an event of a life of the profile that was erased: it is dropped. An erasure itself always counts. */
export function comesTooLate(
  { erasedAt }: Pick<ProfileState, 'erasedAt'>,
  event: DeliveredEvent['event'],
): boolean {
  return event.type !== 'PROFILE_ERASED' && isBeforeErasure(event, erasedAt);
}

/** The last reaction in the log counts; the one before is taken back as if it had never been. */
function setReaction(
  working: WorkingProfile,
  titleId: string,
  reaction: 'LIKE' | 'DISLIKE' | 'NONE',
  at: number,
  titles: TitleLookup,
): TitleEffect {
  const previous = working.reactionsById.get(titleId);
  if (previous?.reaction === reaction || (previous === undefined && reaction === 'NONE')) return NO_EFFECT;
  const title = titles.get(titleId);
  if (previous !== undefined) {
    working.tasteSums.contribute(title, REACTION_WEIGHT[previous.reaction], 0, previous.at);
    working.reactionsById.delete(titleId);
  }
  if (reaction !== 'NONE') {
    working.setReaction(titleId, { reaction, at }, MAX_REACTIONS);
    working.tasteSums.contribute(title, 0, REACTION_WEIGHT[reaction], at);
  }
  const given = likesOf(reaction);
  if (previous === undefined) return { ...NO_EFFECT, ...given };
  return { ...NO_EFFECT, ...given, takenBack: { ...likesOf(previous.reaction), at: previous.at } };
}

function likesOf(reaction: 'LIKE' | 'DISLIKE' | 'NONE'): { likes: number; dislikes: number } {
  return { likes: Number(reaction === 'LIKE'), dislikes: Number(reaction === 'DISLIKE') };
}
