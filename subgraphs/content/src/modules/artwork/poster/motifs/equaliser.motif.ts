import { between, HORIZON, type Motif } from '../motif.ts';
import { rect } from '../svg.ts';

/** The song as the amplifier sees it. */
export const equaliser: Motif = ({ palette, random }) => {
  const parts: string[] = [];
  const colours = [palette.near, palette.far, palette.accent, palette.ground];
  const bars = 9;
  const phase = random.next() * 6;
  for (let i = 0; i < bars; i++) {
    const swell = 0.5 + 0.5 * Math.sin(phase + i * 0.9);
    const height = 90 + swell * 330 + between(random, -40, 40);
    const x = 44 + i * 58;
    parts.push(
      rect(x, HORIZON - 24 - height, 44, height, {
        rx: 22,
        fill: colours[(i + random.integer(2)) % colours.length],
      }),
    );
  }
  return parts.join('');
};
