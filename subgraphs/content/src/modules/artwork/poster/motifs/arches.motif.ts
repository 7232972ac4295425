import { mix } from '../colour.ts';
import { between, HORIZON, type Motif } from '../motif.ts';
import { circle, d, path, rect } from '../svg.ts';

/** Doorways one behind the other, and somebody in the last of them. */
export const arches: Motif = ({ palette, random }) => {
  const count = between(random, 5, 7);
  const shift = between(random, -26, 26);
  const parts: string[] = [];
  for (let i = 0; i < count; i++) {
    const share = i / (count - 1);
    const half = 285 - share * 215;
    const cx = 300 + shift * share;
    const top = 70 + share * 250;
    const colour =
      i === count - 1
        ? palette.accent
        : share < 0.5
          ? mix(palette.ground, palette.near, share * 2)
          : mix(palette.near, palette.far, share * 2 - 1);
    parts.push(
      path(
        d(
          'M',
          cx - half,
          HORIZON,
          'V',
          top + half,
          'A',
          half,
          half,
          '0 0 1',
          cx + half,
          top + half,
          'V',
          HORIZON,
          'Z',
        ),
        {
          fill: colour,
        },
      ),
    );
  }
  const x = 300 + shift;
  parts.push(
    path(
      d(
        'M',
        x - 70,
        HORIZON,
        'L',
        x - 150,
        HORIZON + 1,
        'L',
        x + 150,
        HORIZON + 1,
        'L',
        x + 70,
        HORIZON,
        'Z',
      ),
      { fill: palette.accent },
    ),
    circle(x, HORIZON - 88, 13, { fill: palette.ground }),
    path(
      d(
        'M',
        x - 15,
        HORIZON,
        'L',
        x - 17,
        HORIZON - 58,
        'Q',
        x,
        HORIZON - 86,
        x + 17,
        HORIZON - 58,
        'L',
        x + 15,
        HORIZON,
        'Z',
      ),
      {
        fill: palette.ground,
      },
    ),
    rect(0, HORIZON - 2, 600, 2, { fill: palette.ground }),
  );
  return parts.join('');
};
