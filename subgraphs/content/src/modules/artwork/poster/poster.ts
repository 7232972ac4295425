/**
 * Posters for titles without photographs: a minimalist set in which every title looks like itself and all of
 * them belong together. The picture follows from the title alone, so every process draws the same.
 */
import { createRandom, hash32, type Random } from '@marquee/domain';
import { mix } from './colour.ts';
import { lettering } from './lettering.ts';
import { HEIGHT, HORIZON, type Motif, WIDTH } from './motif.ts';
import { styleOfGenre } from './motifs/index.ts';
import { PALETTES, type Palette } from './palettes.ts';
import { element, escapeXml, group, rect } from './svg.ts';

/** To be raised with every change of what is drawn: pictures are cached for ever under it. */
export const POSTER_EDITION = 1;

export interface PosterSubject {
  readonly id: string;
  readonly name: string;
  readonly year: number | undefined;
  readonly series: boolean;
  /** Names, the most fitting first. */
  readonly genres: readonly string[];
  /** Which of the title's pictures, from 1; absent: the first, which is the title's own. */
  readonly variant?: number;
}

/** `full`: the picture fills the poster. `framed`: it hangs on paper. */
export const LAYOUTS = ['full', 'centred', 'framed'] as const;
export type Layout = (typeof LAYOUTS)[number];

interface Design {
  readonly motif: Motif;
  readonly palette: Palette;
  readonly layout: Layout;
  readonly random: Random;
}

function design(subject: PosterSubject): Design {
  const drawn = subject.variant === undefined ? subject.id : `${subject.id}\n${subject.variant}`;
  const random = createRandom(hash32(drawn, hash32(subject.name)));
  // Drama says little about a film that is also something else.
  const telling = subject.genres.filter((genre) => !/^drama$/i.test(genre));
  const style = styleOfGenre((telling.length > 0 ? random.pick(telling) : subject.genres[0]) ?? '');
  return {
    motif: random.pick(style.motifs),
    palette: random.pick(PALETTES[random.pick(style.moods)]),
    layout: LAYOUTS[random.weighted([5, 4, 3])] as Layout,
    random: random.fork('motif'),
  };
}

/** The colour that fills most of the poster behind the lettering. */
export function dominantColour(subject: PosterSubject): string {
  const { palette, layout } = design(subject);
  return layout === 'framed' ? palette.ink : palette.ground;
}

/** @param size in pixels; the picture itself has no resolution. */
export function drawPoster(
  subject: PosterSubject,
  size: { readonly width: number; readonly height: number },
): string {
  const { motif, palette, layout, random } = design(subject);
  const picture = [
    rect(0, 0, WIDTH, HEIGHT, { fill: 'url(#sky)' }),
    motif({ palette, random }),
    rect(0, HORIZON, WIDTH, HEIGHT - HORIZON, { fill: palette.ground }),
  ];
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: size.width,
      height: size.height,
      role: 'img',
    },
    element('title', {}, escapeXml(subject.name)),
    element(
      'linearGradient',
      { id: 'sky', x1: 0, y1: 0, x2: 0, y2: 1 },
      element('stop', { offset: 0, 'stop-color': palette.sky }),
      element('stop', { offset: 0.75, 'stop-color': mix(palette.sky, palette.far, 0.35) }),
    ),
    ...(layout === 'framed' ? framed(picture, palette) : picture),
    lettering(subject, layout, palette),
  );
}

const FRAME = 36;
const FRAME_HEIGHT = 574;

function framed(picture: readonly string[], palette: Palette): string[] {
  const scale = (WIDTH - 2 * FRAME) / WIDTH;
  return [
    rect(0, 0, WIDTH, HEIGHT, { fill: palette.ink }),
    element('clipPath', { id: 'frame' }, rect(FRAME, FRAME, WIDTH - 2 * FRAME, FRAME_HEIGHT)),
    group({ 'clip-path': 'url(#frame)' }, [
      group(
        { transform: `translate(${FRAME} ${FRAME + FRAME_HEIGHT - (HORIZON - 3) * scale}) scale(${scale})` },
        [rect(-50, -200, WIDTH + 100, 400, { fill: palette.sky }), ...picture],
      ),
    ]),
  ];
}
