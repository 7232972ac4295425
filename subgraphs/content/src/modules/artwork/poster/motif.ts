/** A motif: the picture of a poster, drawn for one genre in one of a few arrangements. */
import type { Random } from '@marquee/domain';
import type { Palette } from './palettes.ts';

/** The poster's own units; the viewer's pixels follow from the view box. */
export const WIDTH = 600;
export const HEIGHT = 900;
/** Below this line a motif leaves the poster to the lettering, on `palette.ground`. */
export const HORIZON = 610;

export interface Canvas {
  readonly palette: Palette;
  /** Seeded by the title. */
  readonly random: Random;
}

/** SVG over the whole poster, on a background of `palette.sky`. */
export type Motif = (canvas: Canvas) => string;

/** A whole number in [from, to]. */
export function between(random: Random, from: number, to: number): number {
  return from + random.integer(to - from + 1);
}
