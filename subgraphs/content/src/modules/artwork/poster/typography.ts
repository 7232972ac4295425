/**
 * Sets a title in lines that fit a box. The server has no fonts to measure with and clients have different
 * ones, so widths are those of a wide face (DejaVu Sans Bold): any other sets narrower and fits as well.
 */

export interface Lettering {
  readonly lines: readonly string[];
  /** In the units of the box. */
  readonly fontSize: number;
  readonly lineHeight: number;
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

const SIZES = [112, 100, 90, 80, 72, 64, 57, 51, 45, 40, 35, 31, 28];
const LINE_HEIGHT = 1.06;
const MAX_LINES = 6;
const ELLIPSIS = '…';
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Estimated width in units of the font size; `tracking` is added to every character. */
export function textWidth(text: string, tracking = 0): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += characterWidth(segment) + tracking;
  return width;
}

/** Advances of DejaVu Sans Bold by groups of similar characters. */
function characterWidth(character: string): number {
  if (/^[iIjl.,:;'|!’‘]/.test(character)) return 0.4;
  if (/^[ft()[\]\-"rJ ]/.test(character)) return 0.5;
  if (/^[mwMW@%&…—½]/.test(character)) return 1.1;
  if (/^[A-Z]/.test(character)) return 0.79;
  if (/^[\u0020-\u024f]/.test(character)) return 0.72;
  if (/^[\u0370-\u1fff]/.test(character)) return 0.85;
  return 1.05;
}

/** The largest lettering that fits, in few and even lines. Text too long even for the smallest is cut short. */
export function fitText(text: string, box: Box, tracking = 0): Lettering {
  const words = text.split(/\s+/).filter((word) => word !== '');
  for (const fontSize of SIZES) {
    const lineWidth = box.width / fontSize;
    const room = Math.min(MAX_LINES, Math.floor(box.height / (fontSize * LINE_HEIGHT)));
    if (words.some((word) => textWidth(word, tracking) > lineWidth)) continue;
    const lines = breakLines(words, lineWidth, tracking);
    if (lines.length <= room) {
      return {
        lines: balanced(words, lines.length, lineWidth, tracking),
        fontSize,
        lineHeight: fontSize * LINE_HEIGHT,
      };
    }
  }
  return cutShort(words, box, tracking);
}

function breakLines(words: readonly string[], width: number, tracking: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, tracking) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The narrowest setting with this number of lines: no line much longer than the others. */
function balanced(words: readonly string[], count: number, width: number, tracking: number): string[] {
  let [narrow, wide] = [0, width];
  while (wide - narrow > 0.1) {
    const middle = (narrow + wide) / 2;
    const fits =
      words.every((word) => textWidth(word, tracking) <= middle) &&
      breakLines(words, middle, tracking).length <= count;
    if (fits) wide = middle;
    else narrow = middle;
  }
  return breakLines(words, wide, tracking);
}

function cutShort(words: readonly string[], box: Box, tracking: number): Lettering {
  const fontSize = SIZES.at(-1) as number;
  const width = box.width / fontSize;
  const room = Math.max(1, Math.min(MAX_LINES, Math.floor(box.height / (fontSize * LINE_HEIGHT))));
  // A line takes at least one character, so no more than this can matter of an endless name.
  const pieces = words.slice(0, 200).flatMap((word) => pieceWord(word.slice(0, 500), width, tracking));
  const lines = breakLines(pieces, width, tracking);
  if (lines.length > room) {
    lines.length = room;
    const last = [...graphemes.segment(lines[room - 1] as string)].map(({ segment }) => segment);
    while (last.length > 0 && textWidth(last.join('') + ELLIPSIS, tracking) > width) last.pop();
    lines[room - 1] = last.join('').trimEnd() + ELLIPSIS;
  }
  return { lines, fontSize, lineHeight: fontSize * LINE_HEIGHT };
}

function pieceWord(word: string, width: number, tracking: number): string[] {
  const pieces = [''];
  for (const { segment } of graphemes.segment(word)) {
    const longer = pieces.at(-1) + segment;
    if (textWidth(longer, tracking) <= width) pieces[pieces.length - 1] = longer;
    else pieces.push(segment);
  }
  return pieces;
}
