import { between, type Motif } from '../motif.ts';
import { circle } from '../svg.ts';

/** Worlds on their rounds. */
export const orbits: Motif = ({ palette, random }) => {
  const cx = between(random, 200, 400);
  const cy = between(random, 270, 350);
  const parts = [circle(cx, cy, 58, { fill: palette.accent })];
  const colours = [palette.ink, palette.far, palette.accent, palette.near];
  for (let i = 0, radius = 96; radius < 560; i++) {
    const angle = random.next() * Math.PI * 2;
    const size = between(random, 7, 12 + i * 3);
    const [x, y] = [cx + Math.cos(angle) * radius, cy + Math.sin(angle) * radius];
    parts.push(
      circle(cx, cy, radius, { fill: 'none', stroke: palette.ink, 'stroke-width': 1.6, opacity: 0.5 }),
      circle(x, y, size + 7, { fill: palette.sky }),
      circle(x, y, size, { fill: colours[i % colours.length] }),
    );
    radius += between(random, 40, 72);
  }
  return parts.join('');
};
