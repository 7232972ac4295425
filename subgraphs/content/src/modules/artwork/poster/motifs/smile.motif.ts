import { between, type Motif } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** A face made of three shapes, and it is laughing. */
export const smile: Motif = ({ palette, random }) => {
  const tilt = between(random, -14, 14);
  const cx = 300;
  const cy = 320;
  const eye = between(random, 20, 30);
  const open = random.next() < 0.6;
  const mouth = open
    ? path(d('M', cx - 120, cy + 30, 'H', cx + 120, 'A', 120, 120, '0 0 1', cx - 120, cy + 30, 'Z'), {
        fill: palette.ground,
      }) +
      path(
        d(
          'M',
          cx - 62,
          cy + 122,
          'A',
          72,
          60,
          '0 0 1',
          cx + 62,
          cy + 122,
          'A',
          120,
          120,
          '0 0 1',
          cx - 62,
          cy + 122,
          'Z',
        ),
        { fill: palette.far },
      )
    : path(d('M', cx - 115, cy + 36, 'A', 118, 110, '0 0 0', cx + 115, cy + 36), {
        fill: 'none',
        stroke: palette.ground,
        'stroke-width': 26,
        'stroke-linecap': 'round',
      });
  const wink = random.next() < 0.35;
  const rightEye = wink
    ? path(d('M', cx + 48, cy - 52, 'Q', cx + 82, cy - 82, cx + 116, cy - 52), {
        fill: 'none',
        stroke: palette.ground,
        'stroke-width': 18,
        'stroke-linecap': 'round',
      })
    : circle(cx + 82, cy - 56, eye, { fill: palette.ground });
  return [
    circle(between(random, 20, 90), between(random, 60, 130), 120, { fill: palette.far }),
    circle(between(random, 520, 590), between(random, 480, 560), 170, { fill: palette.near }),
    circle(cx, cy, 218, { fill: palette.accent }),
    `<g transform="rotate(${tilt} ${cx} ${cy})">${circle(cx - 82, cy - 56, eye, { fill: palette.ground })}${rightEye}${mouth}</g>`,
  ].join('');
};
