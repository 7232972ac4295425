import { mix } from '../colour.ts';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** Ridges in the haze, a low sun and a road that leads there. */
export const mountains: Motif = ({ palette, random }) => {
  const sunX = between(random, 170, 430);
  const sunY = between(random, 190, 290);
  const sun = between(random, 74, 118);
  const parts = [
    circle(sunX, sunY, sun * 1.9, { fill: palette.accent, opacity: 0.12 }),
    circle(sunX, sunY, sun * 1.42, { fill: palette.accent, opacity: 0.18 }),
    circle(sunX, sunY, sun, { fill: palette.accent }),
  ];
  const ridges = 4;
  for (let ridge = 0; ridge < ridges; ridge++) {
    const depth = ridge / (ridges - 1);
    const base = 330 + depth * 210;
    const height = 150 - depth * 40;
    const colour =
      depth < 0.5
        ? mix(palette.far, palette.near, depth * 2)
        : mix(palette.near, palette.ground, depth * 2 - 1);
    const outline: (string | number)[] = ['M', -20, HORIZON + 40];
    let x = -20;
    let up = random.next() < 0.5;
    while (x < WIDTH + 20) {
      const y = up ? base - height * (0.45 + random.next() * 0.55) : base + 20 * random.next();
      outline.push('L', x, y);
      x += between(random, 55, 125);
      up = !up;
    }
    outline.push('L', WIDTH + 20, base, 'L', WIDTH + 20, HORIZON + 40, 'Z');
    parts.push(path(d(...outline), { fill: colour }));
  }
  for (
    let i = 0, birds = between(random, 2, 5), x = between(random, 60, 420), y = between(random, 90, 160);
    i < birds;
    i++
  ) {
    const size = between(random, 8, 14);
    const [bx, by] = [x + i * 36 + between(random, -6, 6), y + between(random, -20, 20)];
    parts.push(
      path(
        d(
          'M',
          bx - size,
          by - size * 0.5,
          'Q',
          bx - size * 0.4,
          by - size * 0.7,
          bx,
          by,
          'Q',
          bx + size * 0.4,
          by - size * 0.7,
          bx + size,
          by - size * 0.5,
        ),
        {
          fill: 'none',
          stroke: palette.ground,
          'stroke-width': 3,
          'stroke-linecap': 'round',
        },
      ),
    );
  }
  return parts.join('');
};
