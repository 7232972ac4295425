import { between, type Motif } from '../motif.ts';
import { circle, group, polygon } from '../svg.ts';

/** Speed: slanting bands racing past a disc. */
export const stripes: Motif = ({ palette, random }) => {
  const lean = random.next() < 0.5 ? 1 : -1;
  const cx = 300 + lean * between(random, -60, 60);
  const cy = between(random, 230, 320);
  const parts = [circle(cx, cy, 168, { fill: palette.accent })];
  const colours = [palette.ground, palette.near, palette.far, palette.ground, palette.near];
  let at = between(random, -140, -60);
  for (let i = 0; i < 9; i++) {
    const thickness = between(random, 14, i % 3 === 0 ? 92 : 44);
    parts.push(
      polygon(
        [
          [-300, at],
          [900, at - 640],
          [900, at - 640 + thickness],
          [-300, at + thickness],
        ],
        { fill: colours[i % colours.length], transform: 'translate(0 430)' },
      ),
    );
    at += thickness + between(random, 46, 104);
  }
  return lean === 1 ? parts.join('') : group({ transform: 'translate(600 0) scale(-1 1)' }, parts);
};
