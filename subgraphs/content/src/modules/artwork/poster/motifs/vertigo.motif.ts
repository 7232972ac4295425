import { between, type Motif } from '../motif.ts';
import { circle } from '../svg.ts';

/** Rings that slide inwards: the eye falls with them. */
export const vertigo: Motif = ({ palette, random }) => {
  const rings = between(random, 9, 12);
  const angle = random.next() * Math.PI * 2;
  const slide = between(random, 80, 150);
  const parts: string[] = [];
  for (let i = 0; i < rings; i++) {
    const share = i / (rings - 1);
    const radius = 400 * (1 - share) ** 1.1 + 34;
    const swing = angle + share * 1.4;
    parts.push(
      circle(300 + Math.cos(swing) * slide * share, 330 + Math.sin(swing) * slide * 0.7 * share, radius, {
        fill:
          i === rings - 1
            ? palette.accent
            : i % 2 === 0
              ? palette.ground
              : i % 4 === 1
                ? palette.far
                : palette.near,
      }),
    );
  }
  return parts.join('');
};
