import type { Random } from '@marquee/domain';
import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** A bare tree before a huge moon. */
export const tree: Motif = ({ palette, random }) => {
  const moonX = between(random, 230, 370);
  const branches: string[] = [];
  const x = moonX + between(random, -60, 60);
  grow(
    branches,
    random,
    x,
    HORIZON + 10,
    -Math.PI / 2 + (random.next() - 0.5) * 0.16,
    between(random, 128, 150),
    34,
    0,
  );
  return [
    circle(moonX, 290, 236, { fill: palette.accent, opacity: 0.1 }),
    circle(moonX, 290, 196, { fill: palette.accent }),
    circle(moonX - 60, 240, 34, { fill: palette.sky, opacity: 0.12 }),
    circle(moonX + 70, 330, 52, { fill: palette.sky, opacity: 0.1 }),
    circle(moonX - 20, 380, 22, { fill: palette.sky, opacity: 0.12 }),
    path(hill(random), { fill: palette.ground }),
    `<g stroke="${palette.ground}" fill="none" stroke-linecap="round">${branches.join('')}</g>`,
  ].join('');
};

/** Each branch ends in two or three thinner, shorter and more crooked ones. */
function grow(
  out: string[],
  random: Random,
  x: number,
  y: number,
  angle: number,
  length: number,
  width: number,
  depth: number,
): void {
  const bend = angle + (random.next() - 0.5) * 0.5;
  const [mx, my] = [x + Math.cos(bend) * length * 0.5, y + Math.sin(bend) * length * 0.5];
  const [ex, ey] = [x + Math.cos(angle) * length, y + Math.sin(angle) * length];
  out.push(path(d('M', x, y, 'Q', mx, my, ex, ey), { 'stroke-width': width }));
  if (depth >= 6 || length < 12) return;
  const forks = depth < 2 || random.next() < 0.25 ? 3 : 2;
  for (let i = 0; i < forks; i++) {
    const spread =
      forks === 2
        ? (i === 0 ? -1 : 1) * (0.28 + random.next() * 0.38)
        : (i - 1) * (0.45 + random.next() * 0.25);
    grow(
      out,
      random,
      ex,
      ey,
      angle + spread,
      length * (0.66 + random.next() * 0.16),
      width * 0.62,
      depth + 1,
    );
  }
}

function hill(random: Random): string {
  const top = HORIZON - between(random, 26, 50);
  return d(
    'M',
    0,
    HORIZON + 10,
    'V',
    top + 22,
    'Q',
    WIDTH / 2,
    top - 40,
    WIDTH,
    top + between(random, 0, 30),
    'V',
    HORIZON + 10,
    'Z',
  );
}
