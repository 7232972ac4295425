import { between, HORIZON, type Motif, WIDTH } from '../motif.ts';
import { circle, d, path, polygon, rect } from '../svg.ts';

/** Somebody at the window, light through the blinds. */
export const blinds: Motif = ({ palette, random }) => {
  const light = random.next() < 0.5 ? 1 : -1;
  const slats = between(random, 11, 14);
  const step = HORIZON / slats;
  const cx = 300 + light * between(random, 20, 70);
  const parts = [
    circle(300 - light * 90, 200, 150, { fill: palette.accent }),
    path(
      d(
        'M',
        cx - 150,
        HORIZON,
        'C',
        cx - 150,
        470,
        cx - 60,
        462,
        cx - 52,
        420,
        'C',
        cx - 92,
        380,
        cx - 92,
        250,
        cx,
        246,
        'C',
        cx + 92,
        250,
        cx + 92,
        380,
        cx + 52,
        420,
        'C',
        cx + 60,
        462,
        cx + 150,
        470,
        cx + 150,
        HORIZON,
        'Z',
      ),
      { fill: palette.ground },
    ),
    // The hat.
    path(d('M', cx - 128, 292, 'Q', cx, 252, cx + 128, 292, 'Q', cx, 318, cx - 128, 292, 'Z'), {
      fill: palette.ground,
    }),
    path(
      d(
        'M',
        cx - 78,
        282,
        'Q',
        cx - 76,
        190,
        cx - 20,
        198,
        'Q',
        cx,
        208,
        cx + 20,
        198,
        'Q',
        cx + 76,
        190,
        cx + 78,
        282,
        'Z',
      ),
      { fill: palette.ground },
    ),
  ];
  for (let i = 0; i < slats; i++) {
    const y = i * step;
    parts.push(
      polygon(
        [
          [0, y],
          [WIDTH, y - light * 10],
          [WIDTH, y + step * 0.36 - light * 10],
          [0, y + step * 0.36],
        ],
        {
          fill: palette.near,
          opacity: 0.92,
        },
      ),
    );
  }
  parts.push(
    rect(0, 0, 14, HORIZON, { fill: palette.ground }),
    rect(WIDTH - 14, 0, 14, HORIZON, { fill: palette.ground }),
  );
  return parts.join('');
};
