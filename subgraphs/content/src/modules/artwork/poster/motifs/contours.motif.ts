import { between, type Motif } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** The lines of a map: the world as it is. */
export const contours: Motif = ({ palette, random }) => {
  const cx = between(random, 220, 380);
  const cy = between(random, 260, 340);
  const waves = Array.from({ length: 4 }, (_, i) => ({
    turn: random.next() * 6.28,
    size: (0.16 + random.next() * 0.12) / (i + 1),
    count: i + 2,
  }));
  const parts: string[] = [];
  const lines = 15;
  for (let line = lines; line >= 1; line--) {
    const points: (string | number)[] = [];
    for (let step = 0; step <= 72; step++) {
      const angle = (step / 72) * Math.PI * 2;
      const shape = waves.reduce(
        (sum, wave) => sum + wave.size * Math.sin(wave.count * angle + wave.turn + line * 0.08),
        1,
      );
      const radius = line * 31 * shape;
      points.push(
        step === 0 ? 'M' : 'L',
        cx + Math.cos(angle) * radius,
        cy + Math.sin(angle) * radius * 1.12,
      );
    }
    parts.push(
      path(d(...points, 'Z'), {
        fill: line === 6 ? palette.far : line === 3 ? palette.near : 'none',
        stroke: palette.ground,
        'stroke-width': line % 4 === 0 ? 4 : 1.8,
        'stroke-linejoin': 'round',
      }),
    );
  }
  parts.push(circle(cx, cy, 13, { fill: palette.accent }));
  return parts.join('');
};
