import { DAY_MS, isAvailable } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { buildSampleCatalogue } from './build-sample-catalogue.ts';
import { EDITORIAL_NAMES } from './editorial-genres.ts';
import { readMovieRows } from './movie-row.ts';

const now = Date.UTC(2026, 5, 1, 12);
const catalogue = buildSampleCatalogue({ now });
const byId = new Map(catalogue.titles.map((title) => [title.id, title]));

describe('the sample catalogue', () => {
  it('keeps every film of the data set but the one that stands there twice', () => {
    expect(readMovieRows()).toHaveLength(3_201);
    expect(catalogue.titles).toHaveLength(3_200);
    expect(catalogue.titles.filter(({ name }) => name === 'Fantasia 2000')).toHaveLength(1);
  });

  it('reports what was cleaned', () => {
    expect(catalogue.report).toMatchObject({
      rows: 3_201,
      titles: 3_200,
      merged: 1,
      numericNames: 9,
      missingNames: 1,
      namesRepaired: 30,
      yearsRepaired: { century: 22, yearOnly: 63, missing: 8 },
      genres: { editorial: 225, creativeType: 1, director: 2, fallback: 47 },
      scoresOfAnotherFilm: 23,
    });
  });

  it('gives every title a unique readable id, a name, a genre and facts within their range', () => {
    expect(byId.size).toBe(catalogue.titles.length);
    for (const title of catalogue.titles) {
      expect(title.id).toMatch(/^t_[a-z0-9-]{1,100}$/);
      expect(title.name.trim()).toBe(title.name);
      expect(title.name.length).toBeGreaterThan(0);
      expect(title.genreIds.length).toBeGreaterThan(0);
      expect(new Set(title.genreIds).size).toBe(title.genreIds.length);
      expect(title.availability).toHaveLength(1);
      expect(title.synopsis).toMatch(/^An? .*\.$/);
      expect(title.addedAt).toBeLessThan(now);
      expect(title.addedAt).toBeGreaterThan(now - 731 * DAY_MS);
      if (title.releaseYear !== undefined) {
        expect(title.releaseYear).toBeGreaterThanOrEqual(1900);
        expect(title.releaseYear).toBeLessThanOrEqual(2012);
      }
      if (title.averageScore !== undefined) {
        expect(title.averageScore).toBeGreaterThan(0);
        expect(title.averageScore).toBeLessThanOrEqual(10);
      }
    }
  });

  it('names only genres and people that it also lists, each once', () => {
    const genres = new Set(catalogue.genres.map(({ id }) => id));
    const people = new Set(catalogue.people.map(({ id }) => id));
    expect(genres.size).toBe(catalogue.genres.length);
    expect(people.size).toBe(catalogue.people.length);
    for (const title of catalogue.titles) {
      for (const id of title.genreIds) expect(genres).toContain(id);
      for (const id of title.directorIds) expect(people).toContain(id);
    }
  });

  it.each([
    ['a number as a name', 't_300-2007', '300'],
    ['a name that was read as missing', 't_unknown-2006', 'Unknown'],
    ['Mac Roman read as Latin-1', 't_leon-1994', 'Léon'],
    ['an article at the end', 't_the-barbarians-1987', 'The Barbarians'],
    ['a year in the name', 't_king-kong-1933', 'King Kong'],
    ['a two-digit year', 't_gone-with-the-wind-1939', 'Gone with the Wind'],
    ['the oldest film', 't_the-birth-of-a-nation-1915', 'The Birth of a Nation'],
    ['a date known by its year alone', 't_casablanca-1942', 'Casablanca'],
    ['a real New Year’s Eve opening', 't_duel-in-the-sun-1946', 'Duel in the Sun'],
    ['a date that is the Unix epoch', 't_barneys-version', "Barney's Version"],
  ])('repairs %s', (_, id, name) => {
    expect(byId.get(id)?.name).toBe(name);
  });

  it('keeps films of one name apart and gives a shared score to one of them only', () => {
    const royale = ['t_casino-royale-1967', 't_casino-royale-2006'].map((id) => byId.get(id)!);
    expect(royale.map(({ averageScore }) => averageScore)).toEqual([undefined, 8]);
    expect(royale.map(({ directorIds }) => directorIds)).toEqual([['p_john-huston'], ['p_martin-campbell']]);
  });

  it('adds a second genre where the creative type tells one, and classifies the canon by hand', () => {
    expect(byId.get('t_the-matrix-1999')?.genreIds).toEqual(['g_action', 'g_science-fiction']);
    expect(byId.get('t_the-godfather-1972')?.genreIds).toEqual(['g_drama', 'g_historical']);
    const names = new Set(catalogue.titles.map(({ name }) => name));
    for (const name of EDITORIAL_NAMES) expect(names).toContain(name);
  });

  it('tells facts and nothing else in the synopsis', () => {
    expect(byId.get('t_casino-royale-2006')?.synopsis).toBe(
      'A 2006 action film directed by Martin Campbell, released by Sony Pictures, based on a book or short story.',
    );
    expect(byId.get('t_mississippi-mermaid-1999')?.synopsis).toBe('A 1999 film released by MGM.');
  });

  it('has new releases, titles about to leave, gone, to come and for some countries, relative to now', () => {
    const lately = catalogue.titles.filter(({ addedAt }) => addedAt > now - 30 * DAY_MS);
    expect(lately.length).toBeGreaterThan(150);
    expect(lately.length).toBeLessThan(500);
    const year = (titles: typeof lately): number =>
      titles.reduce((sum, { releaseYear = 1990 }) => sum + releaseYear, 0) / titles.length;
    expect(year(lately)).toBeGreaterThan(year([...catalogue.titles]));
    for (const count of Object.values(catalogue.report.restrictions)) expect(count).toBeGreaterThan(20);
    const visible = catalogue.titles.filter(({ availability }) => isAvailable(availability, now, 'US'));
    expect(visible.length / catalogue.titles.length).toBeGreaterThan(0.93);
    expect(visible.length).toBeLessThan(catalogue.titles.length);
  });

  it('is the same for the same now, and only dates move with another', () => {
    expect(buildSampleCatalogue({ now })).toEqual(catalogue);
    const later = buildSampleCatalogue({ now: now + 7 * DAY_MS });
    expect(later.titles.map(({ id }) => id)).toEqual(catalogue.titles.map(({ id }) => id));
    expect(later.titles[0]!.addedAt).toBe(catalogue.titles[0]!.addedAt + 7 * DAY_MS);
  });
});
