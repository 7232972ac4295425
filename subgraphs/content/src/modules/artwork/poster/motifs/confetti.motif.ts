import { between, HORIZON, type Motif } from '../motif.ts';
import { circle, d, path, polygon, rect } from '../svg.ts';

/** Loose shapes in a happy order: one per cell of a grid, each turned its own way. */
export const confetti: Motif = ({ palette, random }) => {
  const colours = [palette.far, palette.near, palette.ground, palette.accent];
  const parts: string[] = [];
  const step = 120;
  for (let row = 0; row * step < HORIZON; row++) {
    for (let column = 0; column < 5; column++) {
      const cx = 60 + column * step + between(random, -14, 14);
      const cy = 66 + row * step + between(random, -14, 14);
      const turned = `rotate(${between(random, 0, 359)} ${cx} ${cy})`;
      const colour = random.pick(colours);
      switch (random.integer(6)) {
        case 0:
          parts.push(circle(cx, cy, between(random, 22, 42), { fill: colour }));
          break;
        case 1:
          parts.push(circle(cx, cy, 28, { fill: 'none', stroke: colour, 'stroke-width': 14 }));
          break;
        case 2:
          parts.push(
            polygon(
              [
                [cx - 38, cy + 32],
                [cx + 38, cy + 32],
                [cx, cy - 36],
              ],
              { fill: colour, transform: turned },
            ),
          );
          break;
        case 3:
          parts.push(rect(cx - 46, cy - 10, 92, 20, { rx: 10, fill: colour, transform: turned }));
          break;
        case 4:
          parts.push(
            path(d('M', cx - 42, cy, 'A', 42, 42, '0 0 1', cx + 42, cy, 'Z'), {
              fill: colour,
              transform: turned,
            }),
          );
          break;
        default:
          parts.push(
            path(d('M', cx - 48, cy, 'q', 12, -28, 24, 0, 't', 24, 0, 't', 24, 0, 't', 24, 0), {
              fill: 'none',
              stroke: colour,
              'stroke-width': 11,
              'stroke-linecap': 'round',
              transform: turned,
            }),
          );
      }
    }
  }
  return parts.join('');
};
