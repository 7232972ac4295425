import { between, HORIZON, type Motif } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** A rainbow and clouds that somebody has cut out of paper. */
export const rainbow: Motif = ({ palette, random }) => {
  const cx = between(random, 210, 390);
  const bands = [palette.ground, palette.near, palette.far, palette.accent, palette.sky];
  const parts: string[] = [];
  for (const [i, fill] of bands.entries()) {
    const radius = 276 - i * 46;
    parts.push(
      path(
        d(
          'M',
          cx - radius,
          HORIZON,
          'V',
          420,
          'A',
          radius,
          radius,
          '0 0 1',
          cx + radius,
          420,
          'V',
          HORIZON,
          'Z',
        ),
        { fill },
      ),
    );
  }
  parts.push(
    cloud(between(random, 40, 90), 540, 1.25, palette.ink),
    cloud(between(random, 380, 440), 556, 1.05, palette.ink),
    cloud(between(random, 300, 480), between(random, 76, 110), 0.62, palette.ink),
  );
  return parts.join('');
};

function cloud(x: number, y: number, scale: number, fill: string): string {
  const at = (dx: number, dy: number, r: number) =>
    circle(x + dx * scale, y + dy * scale, r * scale, { fill });
  return [at(0, 10, 44), at(52, -22, 58), at(112, -4, 50), at(156, 20, 34), at(84, 24, 48)].join('');
}
