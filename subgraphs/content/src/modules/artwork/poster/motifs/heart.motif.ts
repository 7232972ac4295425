import { mix } from '../colour.ts';
import { between, type Motif } from '../motif.ts';
import { d, path } from '../svg.ts';

/** A heart, again and again. */
export const heart: Motif = ({ palette, random }) => {
  const rings = between(random, 4, 7);
  const tilt = between(random, -12, 12);
  const parts: string[] = [];
  for (let i = 0; i < rings; i++) {
    const share = i / (rings - 1);
    const fill =
      i === rings - 1
        ? palette.accent
        : i % 2 === 0
          ? mix(palette.near, palette.far, share * 0.5)
          : mix(palette.far, palette.sky, share * 0.5);
    parts.push(
      heartShape(300, 330 + share * 6, 268 * (1 - share * 0.78), {
        fill,
        transform: `rotate(${tilt} 300 330)`,
      }),
    );
  }
  return parts.join('');
};

function heartShape(cx: number, cy: number, size: number, attributes: Record<string, string>): string {
  return path(
    d(
      'M',
      cx,
      cy + size * 0.86,
      'C',
      cx - size * 0.5,
      cy + size * 0.46,
      cx - size,
      cy + size * 0.12,
      cx - size,
      cy - size * 0.3,
      'C',
      cx - size,
      cy - size * 0.82,
      cx - size * 0.26,
      cy - size * 0.98,
      cx,
      cy - size * 0.42,
      'C',
      cx + size * 0.26,
      cy - size * 0.98,
      cx + size,
      cy - size * 0.82,
      cx + size,
      cy - size * 0.3,
      'C',
      cx + size,
      cy + size * 0.12,
      cx + size * 0.5,
      cy + size * 0.46,
      cx,
      cy + size * 0.86,
      'Z',
    ),
    attributes,
  );
}
