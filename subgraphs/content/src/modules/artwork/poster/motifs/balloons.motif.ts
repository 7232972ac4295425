import { between, HORIZON, type Motif } from '../motif.ts';
import { circle, d, element, path } from '../svg.ts';

/** Balloons on their way up. */
export const balloons: Motif = ({ palette, random }) => {
  const colours = random.shuffle([palette.far, palette.near, palette.ground, palette.accent, palette.far]);
  const spots = random.shuffle([
    [140, 210],
    [300, 150],
    [456, 226],
    [226, 330],
    [386, 356],
  ] as const);
  const strings: string[] = [];
  const tops: string[] = [];
  for (const [i, [sx, sy]] of spots.entries()) {
    const [x, y] = [sx + between(random, -18, 18), sy + between(random, -20, 20)];
    const size = between(random, 66, 92);
    strings.push(
      path(d('M', x, y + size, 'Q', x + (300 - x) * 0.2, y + 210, 300, HORIZON + 4), {
        fill: 'none',
        stroke: palette.ground,
        'stroke-width': 2.5,
      }),
    );
    tops.push(
      element('ellipse', { cx: x, cy: y, rx: size * 0.86, ry: size, fill: colours[i] }),
      path(d('M', x - 9, y + size + 12, 'L', x, y + size - 4, 'L', x + 9, y + size + 12, 'Z'), {
        fill: colours[i],
      }),
      circle(x - size * 0.34, y - size * 0.42, size * 0.15, { fill: palette.ink, opacity: 0.65 }),
    );
  }
  return [...strings, ...tops].join('');
};
