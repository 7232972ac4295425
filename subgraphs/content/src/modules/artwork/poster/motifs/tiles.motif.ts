import { HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path, rect } from '../svg.ts';

const SIZE = 150;

/** Quarter and half circles on a grid, after the posters of the Bauhaus. */
export const tiles: Motif = ({ palette, random }) => {
  const colours = [palette.sky, palette.far, palette.near, palette.ground, palette.accent];
  const parts: string[] = [];
  let previous = -1;
  for (let y = HORIZON - 4 * SIZE; y < HORIZON; y += SIZE) {
    for (let x = 0; x < WIDTH; x += SIZE) {
      let back = random.integer(colours.length - 1);
      if (back === previous) back = (back + 1) % (colours.length - 1);
      previous = back;
      const fill = colours[(back + 1 + random.integer(colours.length - 1)) % colours.length] as string;
      parts.push(
        rect(x, y, SIZE + 0.5, SIZE + 0.5, { fill: colours[back] }),
        figure(random.integer(6), x, y, fill, random.integer(4)),
      );
    }
  }
  parts.push(rect(0, 0, WIDTH, HORIZON - 4 * SIZE, { fill: palette.ground }));
  return parts.join('');
};

function figure(kind: number, x: number, y: number, fill: string, quarterTurns: number): string {
  const turned = { fill, transform: `rotate(${quarterTurns * 90} ${x + SIZE / 2} ${y + SIZE / 2})` };
  switch (kind) {
    case 0:
    case 1:
      return path(d('M', x, y, 'H', x + SIZE, 'A', SIZE, SIZE, '0 0 1', x, y + SIZE, 'Z'), turned);
    case 2:
    case 3:
      return path(
        d(
          'M',
          x,
          y,
          'A',
          SIZE / 2,
          SIZE / 2,
          '0 0 0',
          x + SIZE,
          y,
          'Z',
          'M',
          x,
          y + SIZE / 2,
          'A',
          SIZE / 2,
          SIZE / 2,
          '0 0 0',
          x + SIZE,
          y + SIZE / 2,
          'Z',
        ),
        turned,
      );
    case 4:
      return circle(x + SIZE / 2, y + SIZE / 2, SIZE * 0.32, { fill });
    default:
      return path(d('M', x, y, 'L', x + SIZE, y + SIZE, 'H', x, 'Z'), turned);
  }
}
