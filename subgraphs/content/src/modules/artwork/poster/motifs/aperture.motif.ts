import { mix } from '../colour.ts';
import { between, type Motif } from '../motif.ts';
import { circle, element, group, polygon } from '../svg.ts';

/** The blades of a lens, and what comes through. */
export const aperture: Motif = ({ palette, random }) => {
  const blades = between(random, 6, 9);
  const open = between(random, 62, 104);
  const turn = random.next() * Math.PI;
  const [cx, cy] = [300, 315];
  const parts: string[] = [];
  for (let i = 0; i < blades; i++) {
    const a = turn + (i / blades) * Math.PI * 2;
    const b = a + (Math.PI * 2) / blades;
    const at = (angle: number, radius: number): [number, number] => [
      cx + Math.cos(angle) * radius,
      cy + Math.sin(angle) * radius,
    ];
    parts.push(
      polygon([at(a, open), at(b, open), at(b + 0.62, 330), at(a + 0.62, 330)], {
        fill: mix(palette.near, i % 2 === 0 ? palette.far : palette.ground, 0.25 + (i / blades) * 0.55),
        stroke: palette.ground,
        'stroke-width': 3,
      }),
    );
  }
  return [
    circle(cx, cy, 254, { fill: palette.ground }),
    element('clipPath', { id: 'lens' }, circle(cx, cy, 232)),
    group({ 'clip-path': 'url(#lens)' }, [circle(cx, cy, 232, { fill: palette.accent }), ...parts]),
  ].join('');
};
