import { between, type Motif } from '../motif.ts';
import { circle, d, element, group, path, rect } from '../svg.ts';

/** One face with two minds. */
export const masks: Motif = ({ palette, random }) => {
  const tilt = between(random, -10, 10);
  const face = (ground: string, ink: string, happy: boolean) =>
    circle(300, 315, 216, { fill: ground }) +
    path(d('M', 176, 262, 'Q', 214, happy ? 214 : 300, 252, 262), {
      fill: 'none',
      stroke: ink,
      'stroke-width': 18,
      'stroke-linecap': 'round',
    }) +
    path(d('M', 348, 262, 'Q', 386, happy ? 214 : 300, 424, 262), {
      fill: 'none',
      stroke: ink,
      'stroke-width': 18,
      'stroke-linecap': 'round',
    }) +
    path(
      happy
        ? d('M', 190, 366, 'A', 112, 100, '0 0 0', 410, 366, 'Z')
        : d('M', 190, 450, 'A', 112, 100, '0 0 1', 410, 450, 'Z'),
      { fill: ink },
    );
  return group({ transform: `rotate(${tilt} 300 315)` }, [
    element('clipPath', { id: 'left' }, rect(60, 60, 240, 520)),
    element('clipPath', { id: 'right' }, rect(300, 60, 240, 520)),
    group({ 'clip-path': 'url(#left)' }, [face(palette.accent, palette.ground, true)]),
    group({ 'clip-path': 'url(#right)' }, [face(palette.ground, palette.accent, false)]),
  ]);
};
