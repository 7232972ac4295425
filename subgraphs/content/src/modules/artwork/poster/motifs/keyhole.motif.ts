import { mix } from '../colour.ts';
import { between, HORIZON, type Motif } from '../motif.ts';
import { circle, d, path, polygon } from '../svg.ts';

/** A keyhole, and the light on the other side. */
export const keyhole: Motif = ({ palette, random }) => {
  const cx = 300 + between(random, -40, 40);
  const cy = 250;
  const glow = between(random, 3, 5);
  const parts: string[] = [];
  for (let i = glow; i >= 1; i--) {
    parts.push(circle(cx, cy + 60, 90 + i * 72, { fill: mix(palette.sky, palette.far, 1 - i / (glow + 1)) }));
  }
  const eye = random.next() < 0.5;
  parts.push(
    circle(cx, cy, 96, { fill: palette.ground }),
    path(d('M', cx - 44, cy + 70, 'L', cx - 88, cy + 282, 'H', cx + 88, 'L', cx + 44, cy + 70, 'Z'), {
      fill: palette.ground,
    }),
    eye
      ? circle(cx, cy, 44, { fill: palette.accent }) +
          circle(cx + between(random, -14, 14), cy, 20, { fill: palette.ground })
      : polygon(
          [
            [cx - 40, cy + 282],
            [cx + 40, cy + 282],
            [cx + 190, HORIZON + 4],
            [cx - 190, HORIZON + 4],
          ],
          { fill: palette.accent },
        ),
  );
  return parts.join('');
};
