import { between, type Motif } from '../motif.ts';
import { polygon } from '../svg.ts';

/** Rank upon rank, under one star. */
export const chevrons: Motif = ({ palette, random }) => {
  const colours = [palette.ground, palette.near, palette.far, palette.near];
  const parts: string[] = [];
  const rise = between(random, 110, 170);
  for (let i = 0; i < 5; i++) {
    const y = 300 + i * 96;
    parts.push(
      polygon(
        [
          [-10, y + rise],
          [300, y],
          [610, y + rise],
          [610, y + rise + 56],
          [300, y + 56],
          [-10, y + rise + 56],
        ],
        { fill: colours[i % colours.length] },
      ),
    );
  }
  const points: [number, number][] = [];
  const size = between(random, 92, 118);
  for (let i = 0; i < 10; i++) {
    const angle = -Math.PI / 2 + (i * Math.PI) / 5;
    const radius = i % 2 === 0 ? size : size * 0.4;
    points.push([300 + Math.cos(angle) * radius, 170 + Math.sin(angle) * radius]);
  }
  parts.push(polygon(points, { fill: palette.accent }));
  return parts.join('');
};
