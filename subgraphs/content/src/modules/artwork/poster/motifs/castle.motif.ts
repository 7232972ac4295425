import { mix } from '../colour.ts';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path, polygon, rect } from '../svg.ts';

/** Towers under a new moon. */
export const castle: Motif = ({ palette, random }) => {
  const moonX = between(random, 150, 450);
  const parts = Array.from({ length: 46 }, () =>
    circle(random.integer(WIDTH), random.integer(420), 1 + random.next() * 1.8, {
      fill: palette.accent,
      opacity: 0.35 + random.next() * 0.6,
    }),
  );
  parts.push(
    path(
      d(
        'M',
        moonX + 30,
        90,
        'A',
        84,
        84,
        '0 1 0',
        moonX + 84,
        196,
        'A',
        68,
        68,
        '0 1 1',
        moonX + 30,
        90,
        'Z',
      ),
      { fill: palette.accent },
    ),
    path(d('M', 0, HORIZON + 10, 'V', 500, 'Q', 150, 400, 300, 452, 'T', 600, 440, 'V', HORIZON + 10, 'Z'), {
      fill: palette.far,
    }),
  );
  const towers = between(random, 5, 7);
  const back = mix(palette.near, palette.ground, 0.35);
  for (let i = 0; i < towers; i++) {
    const middle = 1 - Math.abs(i - (towers - 1) / 2) / towers;
    const width = between(random, 40, 62);
    const x = 300 + (i - (towers - 1) / 2) * 66 - width / 2;
    const top = 500 - middle * between(random, 170, 250);
    const colour = i % 2 === 0 ? palette.ground : back;
    parts.push(
      rect(x, top, width, HORIZON - top + 2, { fill: colour }),
      polygon(
        [
          [x - 9, top + 1],
          [x + width + 9, top + 1],
          [x + width / 2, top - width * 1.45],
        ],
        { fill: i % 2 === 0 ? palette.near : palette.ground },
      ),
      path(d('M', x + width / 2 - 6, top + 54, 'v', -16, 'a', 6, 6, '0 0 1', 12, 0, 'v', 16, 'Z'), {
        fill: palette.accent,
      }),
    );
  }
  parts.push(
    path(d('M', 0, HORIZON + 10, 'V', 566, 'Q', 160, 500, 320, 552, 'T', 600, 540, 'V', HORIZON + 10, 'Z'), {
      fill: palette.ground,
    }),
  );
  return parts.join('');
};
