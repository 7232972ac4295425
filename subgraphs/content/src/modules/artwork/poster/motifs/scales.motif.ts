import { mix } from '../colour.ts';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle } from '../svg.ts';

/** Waves upon waves, as on old printed cloth, with a moon going down among them. */
export const scales: Motif = ({ palette, random }) => {
  const radius = between(random, 52, 68);
  const first = between(random, 250, 330);
  const parts = [
    circle(between(random, 180, 420), first - 70, between(random, 110, 140), { fill: palette.accent }),
  ];
  const rows = Math.ceil((HORIZON - first) / (radius * 0.5)) + 1;
  for (let row = 0; row < rows; row++) {
    const y = first + row * radius * 0.5;
    const colour = mix(palette.far, palette.ground, row / (rows - 1));
    for (let x = row % 2 === 0 ? 0 : radius; x <= WIDTH + radius; x += radius * 2) {
      parts.push(
        circle(x, y + radius, radius, { fill: colour }),
        circle(x, y + radius, radius * 0.72, {
          fill: 'none',
          stroke: palette.ink,
          'stroke-width': 3.5,
          opacity: 0.75 - (row / rows) * 0.6,
        }),
        circle(x, y + radius, radius * 0.42, {
          fill: 'none',
          stroke: palette.ink,
          'stroke-width': 3.5,
          opacity: 0.75 - (row / rows) * 0.6,
        }),
      );
    }
  }
  return parts.join('');
};
