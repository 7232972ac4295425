import { mix } from '../colour.ts';
import { between, type Motif } from '../motif.ts';
import { circle, element, group } from '../svg.ts';

/** Two circles, and what they have in common. */
export const pair: Motif = ({ palette, random }) => {
  const radius = between(random, 148, 176);
  const angle = ((between(random, -34, 34) + (random.next() < 0.3 ? 90 : 0)) * Math.PI) / 180;
  const reach = radius * (0.5 + random.next() * 0.18);
  const [dx, dy] = [Math.cos(angle) * reach, Math.sin(angle) * reach];
  return [
    circle(300 - dx, 315 - dy, radius, { fill: palette.far }),
    circle(300 + dx, 315 + dy, radius, { fill: palette.near }),
    element('clipPath', { id: 'one' }, circle(300 - dx, 315 - dy, radius)),
    group({ 'clip-path': 'url(#one)' }, [
      circle(300 + dx, 315 + dy, radius, { fill: mix(palette.accent, palette.far, 0.08) }),
    ]),
  ].join('');
};
