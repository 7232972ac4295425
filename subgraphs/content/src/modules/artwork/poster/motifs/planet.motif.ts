import { mix } from '../colour.ts';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, element, group, path } from '../svg.ts';

/** A ringed planet, its moon and far too many stars. */
export const planet: Motif = ({ palette, random }) => {
  const cx = between(random, 260, 340);
  const cy = between(random, 280, 330);
  const radius = between(random, 140, 172);
  const tilt = between(random, -28, 28);
  const stars = Array.from({ length: 70 }, () =>
    circle(random.integer(WIDTH), random.integer(HORIZON), random.next() < 0.12 ? 3 : 1 + random.next(), {
      fill: palette.ink,
      opacity: 0.35 + random.next() * 0.6,
    }),
  );
  const clip = 'planet';
  const bands: string[] = [];
  for (let y = cy - radius, i = 0; y < cy + radius; i++) {
    const height = between(random, 14, 54);
    bands.push(
      element('rect', {
        x: cx - radius,
        y,
        width: radius * 2,
        height: height + 0.5,
        fill: mix(
          mix(palette.far, palette.ink, 0.28),
          i % 2 === 0 ? palette.accent : palette.ink,
          (i % 2 === 0 ? 0.3 : 0.1) + random.next() * 0.35,
        ),
      }),
    );
    y += height;
  }
  const ring = (front: boolean) =>
    path(
      d(
        'M',
        cx - radius * 1.72,
        cy,
        'A',
        radius * 1.72,
        radius * 0.42,
        front ? '0 0 0' : '0 0 1',
        cx + radius * 1.72,
        cy,
      ),
      {
        fill: 'none',
        stroke: palette.accent,
        'stroke-width': 13,
      },
    ) +
    path(
      d(
        'M',
        cx - radius * 1.48,
        cy,
        'A',
        radius * 1.48,
        radius * 0.34,
        front ? '0 0 0' : '0 0 1',
        cx + radius * 1.48,
        cy,
      ),
      {
        fill: 'none',
        stroke: palette.accent,
        'stroke-width': 4,
        opacity: 0.75,
      },
    );
  return [
    ...stars,
    element('clipPath', { id: clip }, circle(cx, cy, radius)),
    group({ transform: `rotate(${tilt} ${cx} ${cy})` }, [
      ring(false),
      group({ 'clip-path': `url(#${clip})` }, [
        ...bands,
        circle(cx + radius * 0.45, cy + radius * 0.2, radius * 1.1, { fill: palette.ground, opacity: 0.3 }),
      ]),
      ring(true),
    ]),
    circle(
      cx + (random.next() < 0.5 ? -1 : 1) * between(random, 190, 230),
      cy - between(random, 150, 200),
      between(random, 16, 28),
      { fill: palette.ink },
    ),
  ].join('');
};
