import {
  COMPLETED_FRACTION,
  type EventOf,
  type MarqueeEvent,
  QUALIFIED_WATCH_SECONDS,
} from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { buildSampleCatalogue } from '../catalogue/build-sample-catalogue.ts';
import { createAudience } from './create-audience.ts';
import { PERSONA_DEFINITIONS, PERSONAS } from './personas.ts';

const now = Date.UTC(2026, 5, 1, 9, 30);
const catalogue = buildSampleCatalogue({ now });
const titles = new Map(catalogue.titles.map((title) => [title.id, title]));
const audience = createAudience({ seed: 20_260, titles: catalogue.titles, profiles: 5, now });
const log = [...audience.history({ days: 60 })].flat();

const storyOf = (id: string): MarqueeEvent[] => log.filter(({ profileId }) => profileId === id);
const of = <T extends MarqueeEvent['type']>(events: MarqueeEvent[], type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);
const told = PERSONA_DEFINITIONS.filter(({ watches }) => watches >= 10);

describe('the personas', () => {
  it('are a dozen with readable ids, and only known genres and directors', () => {
    expect(PERSONAS).toHaveLength(12);
    expect(new Set(PERSONAS.map(({ id }) => id)).size).toBe(12);
    const genres = new Set(catalogue.genres.map(({ id }) => id));
    const people = new Set(catalogue.people.map(({ id }) => id));
    for (const persona of PERSONA_DEFINITIONS) {
      expect(persona.id).toMatch(/^persona-[a-z-]+$/);
      expect(persona.tastes.length).toBeGreaterThan(0);
      for (const id of Object.keys(persona.genres)) expect(genres).toContain(id);
      for (const id of Object.keys(persona.directors)) expect(people).toContain(id);
    }
  });

  it.each(told)(
    '$id has 25 to 60 qualified watches, likes, a list, a followed director, two titles to finish',
    (persona) => {
      const story = storyOf(persona.id);
      const qualified = of(story, 'PLAY_STOP').filter(
        ({ payload }) => (payload.watchedSeconds ?? 0) > QUALIFIED_WATCH_SECONDS,
      );
      expect(qualified.length).toBeGreaterThanOrEqual(25);
      expect(qualified.length).toBeLessThanOrEqual(60);
      const likes = of(story, 'REACTION_SET').filter(({ payload }) => payload.reaction === 'LIKE');
      expect(likes.length).toBeGreaterThanOrEqual(5);
      const watched = new Set(qualified.map(({ payload }) => payload.titleId));
      for (const { payload } of likes) expect(watched).toContain(payload.titleId);
      const saved = of(story, 'LIST_SAVED').map(({ payload }) => payload.titleId);
      expect(saved.length).toBeGreaterThanOrEqual(3);
      expect(saved.filter((id) => watched.has(id))).toEqual([]);
      expect(of(story, 'PERSON_FOLLOWED').length).toBeGreaterThanOrEqual(1);
      const last = qualified.slice(-2);
      for (const { payload, occurredAt } of last) {
        const runtime = (titles.get(payload.titleId)!.runtimeMinutes ?? 100) * 60;
        expect(payload.positionSeconds! / runtime).toBeLessThan(COMPLETED_FRACTION);
        expect(occurredAt).toBeGreaterThan(now - 6 * 86_400_000);
      }
    },
  );

  it.each(told)('$id watches what the persona says it likes', (persona) => {
    const favourite = Object.keys(persona.genres)
      .sort((a, b) => persona.genres[b]! - persona.genres[a]!)
      .slice(0, 2);
    const watched = of(storyOf(persona.id), 'PLAY_STOP').map(({ payload }) => titles.get(payload.titleId)!);
    const fitting = watched.filter(
      ({ genreIds, directorIds }) =>
        genreIds.some((id) => favourite.includes(id)) || directorIds.some((id) => id in persona.directors),
    );
    expect(fitting.length / watched.length).toBeGreaterThan(0.65);
  });

  it('keep to their time and limits', () => {
    const nineties = of(storyOf('persona-nineties-action'), 'PLAY_STOP').map(
      ({ payload }) => titles.get(payload.titleId)!,
    );
    const ofTheDecade = nineties.filter(({ releaseYear = 0 }) => releaseYear >= 1987 && releaseYear <= 2001);
    expect(ofTheDecade.length / nineties.length).toBeGreaterThan(0.9);
    const family = of(storyOf('persona-family-night'), 'PLAY_STOP').map(
      ({ payload }) => titles.get(payload.titleId)!,
    );
    for (const { maturityRating } of family) expect(['G', 'PG']).toContain(maturityRating);
  });

  it('include one without any history and one with two watches, both registered lately', () => {
    expect(storyOf('persona-newcomer').map(({ type }) => type)).toEqual(['PROFILE_REGISTERED']);
    expect(of(storyOf('persona-just-looking'), 'PLAY_STOP')).toHaveLength(2);
    for (const id of ['persona-newcomer', 'persona-just-looking']) {
      expect(storyOf(id)[0]!.occurredAt).toBeGreaterThan(now - 3 * 86_400_000);
    }
  });

  it('never follow or save twice', () => {
    for (const { id } of PERSONAS) {
      const followed = of(storyOf(id), 'PERSON_FOLLOWED').map(({ payload }) => payload.personId);
      const saved = of(storyOf(id), 'LIST_SAVED').map(({ payload }) => payload.titleId);
      expect(new Set(followed).size).toBe(followed.length);
      expect(new Set(saved).size).toBe(saved.length);
    }
  });
});
