/** The words on a poster: the title, set to fit, and a line with year and genre. */
import { HEIGHT, HORIZON, WIDTH } from './motif.ts';
import type { Palette } from './palettes.ts';
import type { Layout, PosterSubject } from './poster.ts';
import { element, escapeXml, rect } from './svg.ts';
import { fitText, textWidth } from './typography.ts';

interface Style {
  readonly family: string;
  readonly weight: number;
  readonly upperCase: boolean;
  /** Extra space after each character, in units of the font size. */
  readonly tracking: number;
  readonly anchor: 'start' | 'middle';
}

const GROTESK =
  "'Avenir Next', Futura, 'Century Gothic', 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif";
const ANTIQUA = "'Bodoni 72', Didot, 'Playfair Display', Georgia, 'DejaVu Serif', 'Times New Roman', serif";

const STYLES: Readonly<Record<Layout, Style>> = {
  full: { family: GROTESK, weight: 800, upperCase: true, tracking: 0.01, anchor: 'start' },
  centred: { family: ANTIQUA, weight: 700, upperCase: false, tracking: 0, anchor: 'middle' },
  framed: { family: GROTESK, weight: 700, upperCase: false, tracking: 0, anchor: 'start' },
};
const MARGINS: Readonly<Record<Layout, number>> = { full: 44, centred: 44, framed: 36 };
const FOOT_SIZE = 22;
const FOOT_TRACKING = 0.14;

export function lettering(subject: PosterSubject, layout: Layout, palette: Palette): string {
  const style = STYLES[layout];
  const margin = MARGINS[layout];
  const colour = layout === 'framed' ? palette.ground : palette.ink;
  const accent = layout === 'framed' ? palette.near : palette.accent;
  const x = style.anchor === 'middle' ? WIDTH / 2 : margin;
  const foot = HEIGHT - margin - 4;
  const box = { top: HORIZON + 34, bottom: foot - 52 };
  const name = subject.name.replace(/\s+/g, ' ').trim();
  const text = style.upperCase ? name.toUpperCase() : name;
  const set = fitText(text, { width: WIDTH - 2 * margin, height: box.bottom - box.top }, style.tracking);
  // Left-aligned titles stand on the line below them; centred ones float in the middle of their box.
  const height = set.lines.length * set.lineHeight;
  const top = style.anchor === 'middle' ? (box.top + box.bottom - height) / 2 : box.bottom - height;
  const first = top + set.fontSize * 0.86;
  const rule =
    style.anchor === 'middle'
      ? rect(WIDTH / 2 - 28, foot - 40, 56, 3, { fill: accent })
      : rect(margin, foot - 40, 64, 5, { fill: accent });
  return [
    element(
      'text',
      {
        'font-family': style.family,
        'font-size': set.fontSize,
        'font-weight': style.weight,
        'letter-spacing': set.fontSize * style.tracking,
        'text-anchor': style.anchor,
        fill: colour,
      },
      ...set.lines.map((line, i) => element('tspan', { x, y: first + i * set.lineHeight }, escapeXml(line))),
    ),
    rule,
    element(
      'text',
      {
        x,
        y: foot,
        'font-family': GROTESK,
        'font-size': FOOT_SIZE,
        'font-weight': 600,
        'letter-spacing': FOOT_SIZE * FOOT_TRACKING,
        'text-anchor': style.anchor,
        fill: colour,
        opacity: 0.82,
      },
      escapeXml(footLine(subject, WIDTH - 2 * margin)),
    ),
  ].join('');
}

/** Year, form and as many genres as there is room for. */
function footLine({ year, series, genres }: PosterSubject, width: number): string {
  const parts = [year === undefined ? '' : String(year), series ? 'Series' : ''].filter(
    (part) => part !== '',
  );
  for (const genre of genres) {
    const longer = [...parts, genre].join('  ·  ').toUpperCase();
    if (textWidth(longer, FOOT_TRACKING) * FOOT_SIZE > width) break;
    parts.push(genre);
  }
  return parts.join('  ·  ').toUpperCase();
}
