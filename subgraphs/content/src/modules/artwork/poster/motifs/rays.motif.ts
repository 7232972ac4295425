import { between, type Motif } from '../motif.ts';
import { circle, polygon } from '../svg.ts';

/** Everything flies away from one point. */
export const rays: Motif = ({ palette, random }) => {
  const cx = between(random, 180, 420);
  const cy = between(random, 280, 380);
  const count = between(random, 13, 19);
  const parts: string[] = [];
  const turn = random.next() * Math.PI;
  for (let i = 0; i < count; i++) {
    const from = turn + (i / count) * Math.PI * 2;
    const to = from + ((0.35 + random.next() * 0.4) / count) * Math.PI * 2;
    const tip = between(random, 84, 150);
    const [mx, my] = [cx + Math.cos((from + to) / 2) * tip, cy + Math.sin((from + to) / 2) * tip];
    parts.push(
      polygon(
        [
          [mx, my],
          [cx + Math.cos(from) * 1_100, cy + Math.sin(from) * 1_100],
          [cx + Math.cos(to) * 1_100, cy + Math.sin(to) * 1_100],
        ],
        { fill: i % 3 === 0 ? palette.near : i % 3 === 1 ? palette.far : palette.ground },
      ),
    );
  }
  parts.push(
    circle(cx, cy, 70, { fill: palette.accent }),
    circle(cx, cy, 92, { fill: 'none', stroke: palette.accent, 'stroke-width': 5 }),
  );
  return parts.join('');
};
