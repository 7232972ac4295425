import { between, type Motif } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** Something has torn the picture from the other side. */
export const claws: Motif = ({ palette, random }) => {
  const lean = (random.next() < 0.5 ? 1 : -1) * between(random, 60, 120);
  const tears = 4;
  const parts = [
    circle(300, 300, 380, { fill: palette.far, opacity: 0.55 }),
    circle(300, 300, 270, { fill: palette.near, opacity: 0.5 }),
  ];
  for (let i = 0; i < tears; i++) {
    const x = 130 + i * 112 + between(random, -10, 10);
    const top = 70 + Math.abs(i - 1.4) * 42 + between(random, -14, 14);
    const end = 560 - Math.abs(i - 1.6) * 46 + between(random, -10, 20);
    const width = between(random, 24, 36);
    const outline: (string | number)[] = ['M', x + lean / 2, top];
    const steps = 7;
    for (let s = 1; s <= steps; s++) {
      const share = s / steps;
      const belly = Math.sin(share * Math.PI) * width;
      outline.push(
        'L',
        x + lean * (0.5 - share) + belly / 2 + between(random, -4, 4),
        top + (end - top) * share,
      );
    }
    for (let s = steps - 1; s >= 1; s--) {
      const share = s / steps;
      const belly = Math.sin(share * Math.PI) * width;
      outline.push(
        'L',
        x + lean * (0.5 - share) - belly / 2 + between(random, -4, 4),
        top + (end - top) * share,
      );
    }
    parts.push(path(d(...outline, 'Z'), { fill: palette.accent }));
  }
  return parts.join('');
};
