import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, element, group, path, rect } from '../svg.ts';

/** A sliced sun over an endless grid. */
export const synth: Motif = ({ palette, random }) => {
  const horizon = between(random, 400, 440);
  const radius = between(random, 160, 190);
  const cy = horizon - radius * 0.62;
  const slices: string[] = [];
  for (let i = 0, y = cy - radius * 0.1; y < horizon; i++) {
    const thickness = 5 + i * 3.2;
    slices.push(rect(300 - radius, y, radius * 2, thickness, { fill: palette.sky }));
    y += thickness + 22 - i * 1.4;
  }
  const stars = Array.from({ length: 40 }, () =>
    circle(random.integer(WIDTH), random.integer(horizon - 60), 1 + random.next() * 1.4, {
      fill: palette.ink,
      opacity: 0.4 + random.next() * 0.5,
    }),
  );
  const lines: string[] = [];
  for (let i = -14; i <= 14; i++)
    lines.push(path(d('M', 300 + i * 14, horizon, 'L', 300 + i * 120, HORIZON + 60)));
  for (let i = 0, y = horizon; y < HORIZON; i++) {
    lines.push(path(d('M', 0, y, 'H', WIDTH)));
    y += 8 + i * 7;
  }
  return [
    ...stars,
    element('clipPath', { id: 'sun' }, rect(0, 0, WIDTH, horizon)),
    group({ 'clip-path': 'url(#sun)' }, [circle(300, cy, radius, { fill: palette.accent }), ...slices]),
    rect(0, horizon, WIDTH, HORIZON - horizon + 2, { fill: palette.ground }),
    group({ stroke: palette.accent, 'stroke-width': 2, fill: 'none', opacity: 0.75 }, lines),
  ].join('');
};
