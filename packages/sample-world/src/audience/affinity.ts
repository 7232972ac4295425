/**
 * The true affinity of a viewer for a title in a context: one number, about 0 for an indifferent title and
 * rarely outside [-4, 5]. Every probability of the simulator follows from it.
 */
import { DAY_MS, type Device } from '@marquee/domain';
import { type FilmWorld, MAX_GENRES_PER_TITLE, STYLE_DIMENSIONS } from './film-world.ts';
import { uniformAt } from './mix.ts';
import type { Taste } from './taste.ts';

export interface AffinityContext {
  /** 0 to 23. */
  readonly hour: number;
  readonly device: Device;
  readonly now: number;
}

const QUALITY = 0.5;
const STYLE = 0.35;
const NOVELTY_DAYS = 45;
/** Share of all directors a viewer loves and avoids. */
const LOVED = 0.06;
const AVOIDED = 0.03;
const LOVED_DIRECTOR = 1;
const AVOIDED_DIRECTOR = -0.8;
/** Runtimes above this are long, in seconds. */
const LONG = 130 * 60;

export function affinity(world: FilmWorld, taste: Taste, title: number, context: AffinityContext): number {
  const age = Math.max(0, context.now - world.titles[title]!.addedAt) / DAY_MS;
  return (
    steadyAffinity(world, taste, title) +
    taste.novelty * Math.exp(-age / NOVELTY_DAYS) +
    contextFit(world, title, context)
  );
}

/** The part that does not depend on time, hour or device. */
export function steadyAffinity(world: FilmWorld, taste: Taste, title: number): number {
  let style = 0;
  for (let d = 0; d < STYLE_DIMENSIONS; d++)
    style += taste.style[d]! * world.style[title * STYLE_DIMENSIONS + d]!;
  return (
    genreTaste(world, taste, title) +
    directorTaste(taste, world.director[title]!) +
    eraTaste(taste, world.year[title]!) +
    taste.popularity * world.popularity[title]! +
    QUALITY * world.quality[title]! +
    (STYLE / Math.sqrt(STYLE_DIMENSIONS)) * style
  );
}

/** Mean over the title's genres. */
function genreTaste(world: FilmWorld, taste: Taste, title: number): number {
  let sum = 0;
  let count = 0;
  for (let g = 0; g < MAX_GENRES_PER_TITLE; g++) {
    const genre = world.genres[title * MAX_GENRES_PER_TITLE + g]!;
    if (genre < 0) break;
    sum += taste.genres[genre]!;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

export function directorTaste(taste: Taste, director: number): number {
  if (director === 0) return 0;
  if (taste.directors !== undefined) return taste.directors.get(director) ?? 0;
  const draw = uniformAt(taste.directorKey, director);
  return draw < LOVED ? LOVED_DIRECTOR : draw > 1 - AVOIDED ? AVOIDED_DIRECTOR : 0;
}

/** From -strength far away to +strength at the centre of the viewer's era. */
function eraTaste(taste: Taste, year: number): number {
  if (year === 0) return 0;
  const distance = (year - taste.eraCentre) / taste.eraWidth;
  return taste.eraStrength * (2 * Math.exp(-distance * distance) - 1);
}

/** Scary films at night, children's films by day, nothing long on a telephone or late in the evening. */
function contextFit(world: FilmWorld, title: number, { hour, device }: AffinityContext): number {
  const night = hour >= 22 || hour < 3;
  let fit = 0;
  for (let g = 0; g < MAX_GENRES_PER_TITLE; g++) {
    const genre = world.genres[title * MAX_GENRES_PER_TITLE + g]!;
    if (genre < 0) break;
    const id = world.genreIds[genre];
    if (id === 'g_horror') fit += night ? 0.4 : -0.2;
    else if (id === 'g_kids') fit += hour >= 6 && hour < 19 ? 0.3 : -0.4;
  }
  if (world.runtimeSeconds[title]! > LONG) fit -= (device === 'MOBILE' ? 0.4 : 0) + (night ? 0.3 : 0);
  return fit;
}
