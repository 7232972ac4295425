import { between, type Motif } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** A record on its turntable. */
export const record: Motif = ({ palette, random }) => {
  const cx = between(random, 230, 370);
  const cy = 310;
  const parts = [circle(cx, cy, 250, { fill: palette.ground })];
  for (let radius = 236; radius > 104; radius -= between(random, 7, 17)) {
    parts.push(
      circle(cx, cy, radius, { fill: 'none', stroke: palette.ink, 'stroke-width': 1.4, opacity: 0.32 }),
    );
  }
  const shine = between(random, 20, 70);
  for (const turn of [shine, shine + 180]) {
    parts.push(
      path(d('M', cx, cy, 'L', cx + 240, cy - 44, 'A', 244, 244, '0 0 1', cx + 240, cy + 44, 'Z'), {
        fill: palette.ink,
        opacity: 0.1,
        transform: `rotate(${turn} ${cx} ${cy})`,
      }),
    );
  }
  parts.push(
    circle(cx, cy, 92, { fill: palette.accent }),
    circle(cx, cy, 66, { fill: 'none', stroke: palette.near, 'stroke-width': 3 }),
    circle(cx, cy, 12, { fill: palette.ground }),
    path(d('M', 560, 40, 'V', 210, 'L', cx + 150, cy + 90), {
      fill: 'none',
      stroke: palette.far,
      'stroke-width': 13,
      'stroke-linejoin': 'round',
      'stroke-linecap': 'round',
    }),
    circle(560, 44, 32, { fill: palette.near }),
  );
  return parts.join('');
};
