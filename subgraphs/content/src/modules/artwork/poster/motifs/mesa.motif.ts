import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path } from '../svg.ts';

/** Table mountains, a cactus and high noon. */
export const mesa: Motif = ({ palette, random }) => {
  const sunX = between(random, 180, 420);
  const parts = [circle(sunX, 220, between(random, 92, 128), { fill: palette.accent })];
  const table = (x: number, width: number, top: number, fill: string) =>
    path(
      d(
        'M',
        x,
        HORIZON + 4,
        'L',
        x + width * 0.16,
        top + 84,
        'L',
        x + width * 0.22,
        top + 80,
        'L',
        x + width * 0.25,
        top,
        'H',
        x + width * 0.74,
        'L',
        x + width * 0.78,
        top + 74,
        'L',
        x + width * 0.85,
        top + 82,
        'L',
        x + width,
        HORIZON + 4,
        'Z',
      ),
      { fill },
    );
  parts.push(
    table(between(random, -120, 0), 380, between(random, 290, 340), palette.far),
    table(between(random, 250, 330), 400, between(random, 330, 380), palette.near),
    path(
      d('M', 0, HORIZON + 10, 'V', 540, 'Q', 200, 506, 380, 536, 'T', WIDTH, 524, 'V', HORIZON + 10, 'Z'),
      { fill: palette.ground },
    ),
  );
  const x = between(random, 90, 190);
  const y = 540;
  parts.push(
    `<g stroke="${palette.ground}" stroke-width="26" stroke-linecap="round" stroke-linejoin="round" fill="none">${path(d('M', x, y, 'V', y - 176))}${path(d('M', x, y - 66, 'h', -46, 'v', -56), { 'stroke-width': 19 })}${path(d('M', x, y - 44, 'h', 42, 'v', -62), { 'stroke-width': 19 })}</g>`,
  );
  return parts.join('');
};
