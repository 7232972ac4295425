import { mix } from '../colour.ts';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** A forest in three depths, and a moon above it. */
export const pines: Motif = ({ palette, random }) => {
  const moonX = between(random, 150, 450);
  const moonY = between(random, 150, 220);
  const parts = [
    circle(moonX, moonY, 130, { fill: palette.accent, opacity: 0.16 }),
    circle(moonX, moonY, between(random, 66, 92), { fill: palette.accent }),
  ];
  for (let layer = 0; layer < 3; layer++) {
    const colour = [palette.far, mix(palette.near, palette.far, 0.15), palette.ground][layer] as string;
    const floor = 440 + layer * 80;
    parts.push(
      path(
        d(
          'M',
          0,
          HORIZON + 4,
          'V',
          floor,
          'Q',
          150,
          floor - 44,
          300,
          floor - 10,
          'T',
          WIDTH,
          floor - 20,
          'V',
          HORIZON + 4,
          'Z',
        ),
        {
          fill: colour,
        },
      ),
    );
    // Always a clearing, so that the moon's light has somewhere to fall.
    const clearing = moonX + between(random, -50, 50);
    for (let x = between(random, -20, 10); x < WIDTH + 20; ) {
      const size = between(random, 54, 84) * (0.75 + layer * 0.32);
      if (Math.abs(x - clearing) > 74 - layer * 14) parts.push(pine(x, floor + 6, size, colour));
      x += size * (0.4 + random.next() * 0.35);
    }
  }
  return parts.join('');
};

function pine(x: number, floor: number, size: number, fill: string): string {
  const outline: (string | number)[] = ['M', x, floor - size * 2.3];
  const tiers = [0.2, 0.34, 0.46];
  for (const [i, half] of tiers.entries()) {
    const y = floor - size * (1.62 - i * 0.62);
    outline.push('L', x + size * half, y, 'L', x + size * half * 0.5, y);
  }
  outline.push('L', x + size * 0.07, floor, 'H', x - size * 0.07);
  for (const [i, half] of [...tiers.entries()].reverse()) {
    const y = floor - size * (1.62 - i * 0.62);
    outline.push('L', x - size * half * 0.5, y, 'L', x - size * half, y);
  }
  return path(d(...outline, 'Z'), { fill });
}
