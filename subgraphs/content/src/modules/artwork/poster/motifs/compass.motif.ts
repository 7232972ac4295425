import { between, type Motif } from '../motif.ts';
import { circle, group, polygon, rect } from '../svg.ts';

/** A compass rose that points somewhere else on every poster. */
export const compass: Motif = ({ palette, random }) => {
  const [cx, cy] = [300, 315];
  const heading = between(random, -80, 80);
  const marks = Array.from({ length: 72 }, (_, i) =>
    rect(cx - 1.5, cy - 246, i % 6 === 0 ? 4 : 2, i % 6 === 0 ? 24 : 12, {
      fill: palette.ground,
      transform: `rotate(${i * 5} ${cx} ${cy})`,
    }),
  );
  /** A needle of two halves, one in the light. */
  const needle = (angle: number, length: number, width: number, light: string, dark: string) =>
    group({ transform: `rotate(${angle} ${cx} ${cy})` }, [
      polygon(
        [
          [cx, cy - length],
          [cx, cy],
          [cx - width, cy - width],
        ],
        { fill: light },
      ),
      polygon(
        [
          [cx, cy - length],
          [cx, cy],
          [cx + width, cy - width],
        ],
        { fill: dark },
      ),
    ]);
  const rose = [45, 135, 225, 315].map((angle) => needle(angle, 150, 26, palette.far, palette.near));
  const main = [0, 90, 180, 270].map((angle) =>
    needle(angle, angle === 0 ? 232 : 206, 36, angle === 0 ? palette.accent : palette.near, palette.ground),
  );
  return [
    circle(cx, cy, 262, { fill: palette.far, opacity: 0.45 }),
    circle(cx, cy, 262, { fill: 'none', stroke: palette.ground, 'stroke-width': 6 }),
    circle(cx, cy, 176, { fill: 'none', stroke: palette.ground, 'stroke-width': 2 }),
    ...marks,
    group({ transform: `rotate(${heading} ${cx} ${cy})` }, [...rose, ...main]),
    circle(cx, cy, 17, { fill: palette.ground }),
    circle(cx, cy, 7, { fill: palette.accent }),
  ].join('');
};
