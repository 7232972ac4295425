import { mix } from '../colour.ts';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, polygon, rect } from '../svg.ts';

/** A city that does not sleep, and a light that looks for somebody. */
export const skyline: Motif = ({ palette, random }) => {
  const parts: string[] = [];
  if (random.next() < 0.55) {
    const from = between(random, 120, 480);
    const to = 600 - from + between(random, -80, 80);
    parts.push(
      polygon(
        [
          [from, HORIZON],
          [to - 120, -20],
          [to + 120, -20],
        ],
        { fill: palette.accent, opacity: 0.28 },
      ),
      polygon(
        [
          [from, HORIZON],
          [to - 60, -20],
          [to + 60, -20],
        ],
        { fill: palette.accent, opacity: 0.3 },
      ),
    );
  } else {
    parts.push(circle(between(random, 150, 450), 190, between(random, 80, 120), { fill: palette.accent }));
  }
  for (let layer = 0; layer < 3; layer++) {
    const colour = layer === 2 ? palette.ground : mix(palette.far, palette.near, layer);
    const low = 260 + layer * 110;
    for (let x = -10; x < WIDTH; ) {
      const width = between(random, 44, 96);
      const top = low + between(random, -70, 60);
      parts.push(rect(x, top, width + 1, HORIZON - top + 2, { fill: colour }));
      if (random.next() < 0.25)
        parts.push(rect(x + width / 2 - 2, top - between(random, 24, 60), 4, 62, { fill: colour }));
      if (layer === 2) {
        for (let wy = top + 16; wy < HORIZON - 22; wy += 24) {
          for (let wx = x + 10; wx < x + width - 14; wx += 18) {
            if (random.next() < 0.3)
              parts.push(rect(wx, wy, 8, 12, { fill: palette.accent, opacity: 0.55 + random.next() * 0.45 }));
          }
        }
      }
      x += width;
    }
  }
  return parts.join('');
};
