import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, polygon } from '../svg.ts';

/** A bolt out of the printed page, halftone dots and all. */
export const burst: Motif = ({ palette, random }) => {
  const parts: string[] = [];
  for (let row = 0; row * 26 < HORIZON; row++) {
    for (let column = 0; column * 30 < WIDTH + 30; column++) {
      const radius = 12 * Math.max(0, 1 - (row * 26) / 470);
      if (radius > 1)
        parts.push(
          circle(column * 30 + (row % 2) * 15, row * 26, radius, { fill: palette.far, opacity: 0.8 }),
        );
    }
  }
  const spikes = between(random, 13, 17);
  const star = (size: number, depth: number): [number, number][] =>
    Array.from({ length: spikes * 2 }, (_, i) => {
      const angle = (i / (spikes * 2)) * Math.PI * 2;
      const radius = i % 2 === 0 ? size * (0.9 + random.next() * 0.2) : size * depth;
      return [300 + Math.cos(angle) * radius, 325 + Math.sin(angle) * radius];
    });
  const lean = between(random, -10, 10);
  parts.push(
    polygon(star(286, 0.72), { fill: palette.ground }),
    polygon(star(238, 0.74), { fill: palette.near }),
    polygon(
      [
        [330, 110],
        [206, 352],
        [290, 352],
        [250, 540],
        [400, 276],
        [308, 276],
        [366, 110],
      ],
      { fill: palette.accent, transform: `rotate(${lean} 300 325)` },
    ),
  );
  return parts.join('');
};
