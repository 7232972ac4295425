import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, rect } from '../svg.ts';

/** A great sun over still water. */
export const reflection: Motif = ({ palette, random }) => {
  const cx = between(random, 240, 360);
  const waterline = between(random, 380, 430);
  const radius = between(random, 150, 190);
  const parts = [
    circle(cx, waterline - between(random, 10, 60), radius, { fill: palette.accent }),
    rect(0, waterline, WIDTH, HORIZON - waterline, { fill: palette.near }),
    rect(0, waterline, WIDTH, 5, { fill: palette.far }),
  ];
  for (let y = waterline + 18; y < HORIZON - 12; ) {
    const share = (y - waterline) / (HORIZON - waterline);
    const width = radius * 2 * (1 - share * 0.75) * (0.55 + random.next() * 0.5);
    const thickness = 5 + share * 6;
    parts.push(
      rect(cx - width / 2 + between(random, -18, 18), y, width, thickness, {
        rx: thickness / 2,
        fill: palette.accent,
        opacity: 0.9 - share * 0.55,
      }),
    );
    y += thickness + 9 + share * 8;
  }
  // A boat, small enough to make the sea large.
  const x = cx + (random.next() < 0.5 ? -1 : 1) * between(random, 60, 130);
  parts.push(
    `<g fill="${palette.ground}"><path d="M${x - 34} ${waterline - 2} h68 l-12 17 h-44 z"/><path d="M${x} ${waterline - 88} v80 h38 z"/><path d="M${x - 6} ${waterline - 70} v62 h-24 z"/></g>`,
  );
  return parts.join('');
};
