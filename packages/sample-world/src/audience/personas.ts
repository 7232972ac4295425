/** Named viewers with clear, hand-set tastes, for demonstrations and for tests that a person can judge. */
import { hash32, type MaturityRating, type Region } from '@marquee/domain';
import { type FilmWorld, STYLE_DIMENSIONS } from './film-world.ts';
import { SEGMENTS } from './segments.ts';
import type { Taste } from './taste.ts';

export interface Persona {
  readonly id: string;
  readonly name: string;
  /** For people to read. */
  readonly tastes: readonly string[];
}

export interface PersonaDefinition extends Persona {
  readonly segment: 'family' | 'young-adult' | 'adult' | 'classic';
  readonly region: Region;
  readonly maturityLimit?: MaturityRating;
  /** Genre id → taste; genres not named are disliked a little. */
  readonly genres: Readonly<Record<string, number>>;
  /** Person id → taste. The first one is followed. */
  readonly directors: Readonly<Record<string, number>>;
  readonly era?: { readonly centre: number; readonly width: number; readonly strength: number };
  readonly popularity: number;
  /** Qualified watches in the history; the full script (likes, list, unfinished plays) needs 10 or more. */
  readonly watches: number;
}

export const PERSONA_DEFINITIONS: readonly PersonaDefinition[] = [
  {
    id: 'persona-family-night',
    name: 'The Parker family',
    tastes: ["children's films", 'animation', 'fantasy adventures', 'nothing above PG'],
    segment: 'family',
    region: 'US',
    maturityLimit: 'PG',
    genres: { g_kids: 3, g_fantasy: 1.5, g_adventure: 1.6, g_musical: 0.8, g_comedy: 0.4, g_superhero: 0.6 },
    directors: { 'p_chris-columbus': 1, 'p_brad-bird': 1, 'p_john-lasseter': 1 },
    era: { centre: 2003, width: 12, strength: 0.6 },
    popularity: 0.8,
    watches: 42,
  },
  {
    id: 'persona-nineties-action',
    name: 'Marco',
    tastes: ['action of the 1990s', 'John McTiernan', 'Michael Bay', 'Tony Scott'],
    segment: 'adult',
    region: 'US',
    genres: { g_action: 2.8, g_thriller: 1.2, g_adventure: 0.8, 'g_science-fiction': 0.6 },
    directors: {
      'p_john-mctiernan': 1.5,
      'p_michael-bay': 1.2,
      'p_tony-scott': 1,
      'p_renny-harlin': 1,
      'p_richard-donner': 1,
    },
    era: { centre: 1994, width: 6, strength: 1.6 },
    popularity: 0.6,
    watches: 45,
  },
  {
    id: 'persona-classic-drama',
    name: 'Eleanor',
    tastes: ['drama before 1970', 'Alfred Hitchcock', 'Billy Wilder', 'black and white'],
    segment: 'classic',
    region: 'GB',
    genres: { g_drama: 2, g_thriller: 1.4, g_historical: 1, g_comedy: 0.3 },
    directors: { 'p_alfred-hitchcock': 1.6, 'p_billy-wilder': 1.5, 'p_elia-kazan': 1, 'p_fred-zinnemann': 1 },
    era: { centre: 1953, width: 13, strength: 2.2 },
    popularity: 0.2,
    watches: 48,
  },
  {
    id: 'persona-horror-nights',
    name: 'Dex',
    tastes: ['horror', 'John Carpenter', 'Wes Craven', 'zombies and slashers'],
    segment: 'young-adult',
    region: 'US',
    genres: { g_horror: 3.2, g_thriller: 0.6, 'g_science-fiction': 0.4 },
    directors: { 'p_john-carpenter': 1.5, 'p_wes-craven': 1.5, 'p_george-a-romero': 1.2, 'p_sam-raimi': 1 },
    popularity: 0.3,
    watches: 50,
  },
  {
    id: 'persona-deep-space',
    name: 'Yuki',
    tastes: ['science fiction', 'Ridley Scott', 'James Cameron', 'Steven Spielberg'],
    segment: 'young-adult',
    region: 'CA',
    genres: { 'g_science-fiction': 3, g_adventure: 0.7, g_action: 0.5, g_fantasy: 0.2 },
    directors: { 'p_steven-spielberg': 1.3, 'p_ridley-scott': 1.3, 'p_james-cameron': 1.3 },
    popularity: 0.7,
    watches: 44,
  },
  {
    id: 'persona-romantic-comedy',
    name: 'Sofia',
    tastes: ['romantic comedies', 'feel-good films', 'Nora Ephron'],
    segment: 'adult',
    region: 'US',
    genres: { 'g_romantic-comedy': 3, g_comedy: 0.8, g_musical: 0.3 },
    directors: { 'p_nora-ephron': 1.5, 'p_garry-marshall': 1.3, 'p_nancy-meyers': 1.3 },
    era: { centre: 2000, width: 12, strength: 0.5 },
    popularity: 0.7,
    watches: 40,
  },
  {
    id: 'persona-western',
    name: 'Walt',
    tastes: ['westerns', 'Clint Eastwood', 'Sergio Leone', 'John Ford'],
    segment: 'classic',
    region: 'US',
    genres: { g_western: 3.6, g_historical: 0.7, g_adventure: 0.4, g_action: 0.2 },
    directors: { 'p_clint-eastwood': 1.4, 'p_sergio-leone': 1.5, 'p_john-ford': 1.4 },
    popularity: 0.3,
    watches: 26,
  },
  {
    id: 'persona-song-and-dance',
    name: 'Bea',
    tastes: ['musicals', 'concert films', 'dance'],
    segment: 'classic',
    region: 'GB',
    genres: { g_musical: 3.4, g_concert: 3, 'g_romantic-comedy': 0.6, g_kids: 0.3 },
    directors: { 'p_robert-wise': 1.2, 'p_baz-luhrmann': 1.2, 'p_bob-fosse': 1.2, 'p_martin-scorsese': 0.4 },
    popularity: 0.3,
    watches: 30,
  },
  {
    id: 'persona-true-stories',
    name: 'Ingrid',
    tastes: ['documentaries', 'true stories', 'biographies'],
    segment: 'adult',
    region: 'DE',
    genres: { g_documentary: 3.2, 'g_true-story': 2.4, g_drama: 0.5, g_historical: 0.5 },
    directors: { 'p_michael-moore': 1.5, 'p_oliver-stone': 1, 'p_clint-eastwood': 0.5 },
    popularity: 0.3,
    watches: 36,
  },
  {
    id: 'persona-capes-and-shadows',
    name: 'Theo',
    tastes: ['superheroes', 'dark fantasy', 'Tim Burton', 'Christopher Nolan'],
    segment: 'young-adult',
    region: 'FR',
    genres: { g_superhero: 3, g_fantasy: 1.6, g_action: 0.7, 'g_science-fiction': 0.5 },
    directors: {
      'p_tim-burton': 1.8,
      'p_christopher-nolan': 1.5,
      'p_guillermo-del-toro': 1.5,
      'p_bryan-singer': 1,
    },
    popularity: 0.6,
    watches: 38,
  },
  {
    id: 'persona-just-looking',
    name: 'Noor',
    tastes: ['two thrillers so far'],
    segment: 'adult',
    region: 'US',
    genres: { g_thriller: 2.6, g_drama: 0.6 },
    directors: { 'p_david-fincher': 1.2 },
    popularity: 0.9,
    watches: 2,
  },
  {
    id: 'persona-newcomer',
    name: 'Sam',
    tastes: ['no history yet'],
    segment: 'young-adult',
    region: 'US',
    genres: { g_comedy: 1.5, g_action: 1 },
    directors: {},
    popularity: 0.8,
    watches: 0,
  },
];

export const PERSONAS: readonly Persona[] = PERSONA_DEFINITIONS.map(({ id, name, tastes }) => ({
  id,
  name,
  tastes,
}));

const UNNAMED_GENRE = -0.8;

export function personaTaste(persona: PersonaDefinition, world: FilmWorld, seed: number): Taste {
  const { maturityLimit } = persona;
  return {
    segment: SEGMENTS.find(({ name }) => name === persona.segment)!,
    region: persona.region,
    ...(maturityLimit === undefined ? {} : { maturityLimit }),
    genres: Float32Array.from(world.genreIds, (id) => persona.genres[id] ?? UNNAMED_GENRE),
    directorKey: 0,
    // The film world stores a director as the hash of the id with its seed.
    directors: new Map(
      Object.entries(persona.directors).map(([id, taste]) => [hash32(id, seed) || 1, taste]),
    ),
    eraCentre: persona.era?.centre ?? 2000,
    eraWidth: persona.era?.width ?? 20,
    eraStrength: persona.era?.strength ?? 0,
    popularity: persona.popularity,
    novelty: 0.2,
    style: new Float32Array(STYLE_DIMENSIONS),
  };
}
