/** The four audience segments: what their viewers tend to like, when they watch, on what. */
import type { MaturityRating } from '@marquee/domain';

export interface SegmentPrior {
  readonly name: string;
  /** Share of the audience. */
  readonly share: number;
  /** Genre id → mean taste, in units of affinity. Genres not named: 0. */
  readonly genres: Readonly<Record<string, number>>;
  readonly eraCentre: number;
  readonly eraStrength: number;
  readonly maturityLimits: readonly (MaturityRating | undefined)[];
  /** Hours at which sessions begin: [hour from 5 to 25 (1 a.m. next day), weight]. UTC is everybody's clock. */
  readonly hours: readonly (readonly [hour: number, weight: number])[];
  /** Weights of TV, MOBILE, TABLET, WEB. */
  readonly devices: readonly [number, number, number, number];
}

export const SEGMENTS: readonly SegmentPrior[] = [
  {
    name: 'family',
    share: 0.25,
    genres: {
      g_kids: 1.6,
      g_fantasy: 0.8,
      g_adventure: 0.8,
      g_musical: 0.5,
      g_superhero: 0.4,
      g_comedy: 0.3,
      g_horror: -1.5,
      g_thriller: -0.6,
    },
    eraCentre: 2003,
    eraStrength: 0.3,
    maturityLimits: ['G', 'PG', 'PG', 'PG', 'PG_13', 'PG_13'],
    hours: [
      [8, 2],
      [9, 3],
      [10, 3],
      [14, 2],
      [16, 4],
      [17, 6],
      [18, 7],
      [19, 5],
      [20, 2],
    ],
    devices: [6, 1, 3, 1],
  },
  {
    name: 'young-adult',
    share: 0.3,
    genres: {
      g_action: 0.6,
      'g_science-fiction': 0.5,
      g_superhero: 0.6,
      g_horror: 0.5,
      g_comedy: 0.5,
      'g_romantic-comedy': 0.3,
      g_western: -0.6,
      g_documentary: -0.3,
    },
    eraCentre: 2006,
    eraStrength: 0.5,
    maturityLimits: [undefined],
    hours: [
      [12, 1],
      [16, 2],
      [18, 3],
      [20, 4],
      [21, 5],
      [22, 6],
      [23, 5],
      [24, 3],
      [25, 1],
    ],
    devices: [3, 4, 1, 3],
  },
  {
    name: 'adult',
    share: 0.3,
    genres: {
      g_drama: 0.4,
      g_thriller: 0.4,
      'g_black-comedy': 0.3,
      'g_true-story': 0.3,
      g_documentary: 0.2,
      g_kids: -0.8,
    },
    eraCentre: 1998,
    eraStrength: 0.3,
    maturityLimits: [undefined],
    hours: [
      [7, 1],
      [12, 1],
      [18, 2],
      [19, 4],
      [20, 7],
      [21, 7],
      [22, 4],
      [23, 2],
    ],
    devices: [6, 2, 1, 2],
  },
  {
    name: 'classic',
    share: 0.15,
    genres: {
      g_drama: 0.6,
      g_western: 0.7,
      g_musical: 0.6,
      g_historical: 0.6,
      g_adventure: 0.2,
      g_superhero: -0.8,
      g_horror: -0.3,
    },
    eraCentre: 1965,
    eraStrength: 0.9,
    maturityLimits: [undefined],
    hours: [
      [10, 1],
      [13, 3],
      [14, 4],
      [15, 4],
      [16, 2],
      [19, 3],
      [20, 5],
      [21, 4],
    ],
    devices: [8, 1, 2, 1],
  },
];
