/** Plots as inline SVG: no script, no font, nothing to fetch. Colours come from the page's CSS (`.c0`, `.c1`, …). */

const WIDTH = 720;
const LEFT = 150;
const RIGHT = 24;
const BAR = 22;
const TICKS = 5;

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** Which colour. */
  readonly series: number;
}

/** Horizontal bars with their intervals; a group of bars per heading. */
export function barChart(
  groups: readonly { readonly heading?: string; readonly bars: readonly Bar[] }[],
): string {
  const scale = axis(Math.max(0, ...groups.flatMap(({ bars }) => bars.map(({ upper }) => upper))));
  const x = (value: number): number => LEFT + (value / scale.end) * (WIDTH - LEFT - RIGHT);
  const parts: string[] = [];
  let y = 8;
  for (const { heading, bars } of groups) {
    if (heading !== undefined) {
      parts.push(`<text class="heading" x="0" y="${y + 14}">${escapeHtml(heading)}</text>`);
      y += BAR;
    }
    for (const { label, value, lower, upper, series } of bars) {
      const middle = y + BAR / 2;
      parts.push(
        `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escapeHtml(label)}</text>`,
        `<rect class="c${series}" x="${LEFT}" y="${y + 3}" width="${fixed(x(value) - LEFT)}" height="${BAR - 6}"><title>${escapeHtml(label)}: ${value.toFixed(4)} (${lower.toFixed(4)} to ${upper.toFixed(4)})</title></rect>`,
        `<path class="interval" d="M${fixed(x(lower))} ${middle}H${fixed(x(upper))}M${fixed(x(lower))} ${middle - 4}v8M${fixed(x(upper))} ${middle - 4}v8"/>`,
      );
      y += BAR;
    }
    y += 6;
  }
  const ticks = scale.ticks.map(
    (tick) =>
      `<path class="grid" d="M${fixed(x(tick))} 4V${y}"/><text x="${fixed(x(tick))}" y="${y + 16}" text-anchor="middle">${tick.toFixed(scale.digits)}</text>`,
  );
  return svg(WIDTH, y + 22, [...ticks, ...parts]);
}

export interface Line {
  readonly label: string;
  /** At 1, 2, 3, … */
  readonly values: readonly number[];
  readonly series: number;
}

/** Lines over k, with a legend in the order of their ends. */
export function lineChart(lines: readonly Line[], xName: string): string {
  const [left, top, width, height] = [48, 8, 500, 300];
  const length = Math.max(1, ...lines.map(({ values }) => values.length));
  const scale = axis(Math.max(0, ...lines.flatMap(({ values }) => values)));
  const x = (k: number): number => left + ((k - 1) / Math.max(1, length - 1)) * width;
  const y = (value: number): number => top + height - (value / scale.end) * height;
  const grid = scale.ticks.map(
    (tick) =>
      `<path class="grid" d="M${left} ${fixed(y(tick))}h${width}"/><text x="${left - 6}" y="${fixed(y(tick) + 4)}" text-anchor="end">${tick.toFixed(scale.digits)}</text>`,
  );
  const marks = [1, length / 4, length / 2, (3 * length) / 4, length]
    .map(Math.round)
    .map((k) => `<text x="${fixed(x(k))}" y="${top + height + 18}" text-anchor="middle">${k}</text>`);
  const drawn = lines.map(({ label, values, series }) => {
    const points = values.map((value, i) => `${fixed(x(i + 1))},${fixed(y(value))}`).join(' ');
    return `<polyline class="s${series}" points="${points}"><title>${escapeHtml(label)}</title></polyline>`;
  });
  const legend = lines
    .toSorted((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0))
    .map(
      ({ label, series }, i) =>
        `<rect class="c${series}" x="${left + width + 16}" y="${top + 20 * i}" width="12" height="12"/><text x="${left + width + 34}" y="${top + 20 * i + 11}">${escapeHtml(label)}</text>`,
    );
  const name = `<text x="${left + width / 2}" y="${top + height + 36}" text-anchor="middle">${escapeHtml(xName)}</text>`;
  return svg(WIDTH, top + height + 44, [...grid, ...marks, ...drawn, ...legend, name]);
}

export interface Point {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly series: number;
}

/** Points with their names beside them. @param names of the axes */
export function scatterChart(
  points: readonly Point[],
  names: { readonly x: string; readonly y: string },
): string {
  const [left, top, width, height] = [60, 8, 560, 280];
  const across = axis(Math.max(0, ...points.map((point) => point.x)));
  const up = axis(Math.max(0, ...points.map((point) => point.y)));
  const x = (value: number): number => left + (value / across.end) * width;
  const y = (value: number): number => top + height - (value / up.end) * height;
  return svg(WIDTH, top + height + 44, [
    ...up.ticks.map(
      (tick) =>
        `<path class="grid" d="M${left} ${fixed(y(tick))}h${width}"/><text x="${left - 6}" y="${fixed(y(tick) + 4)}" text-anchor="end">${tick.toFixed(up.digits)}</text>`,
    ),
    ...across.ticks.map(
      (tick) =>
        `<path class="grid" d="M${fixed(x(tick))} ${top}v${height}"/><text x="${fixed(x(tick))}" y="${top + height + 18}" text-anchor="middle">${tick.toFixed(across.digits)}</text>`,
    ),
    ...points.map(
      (point) =>
        `<circle class="c${point.series}" cx="${fixed(x(point.x))}" cy="${fixed(y(point.y))}" r="6"/><text x="${fixed(x(point.x) + 10)}" y="${fixed(y(point.y) + 4)}">${escapeHtml(point.label)}</text>`,
    ),
    `<text x="${left + width / 2}" y="${top + height + 36}" text-anchor="middle">${escapeHtml(names.x)}</text>`,
    `<text x="14" y="${top + height / 2}" text-anchor="middle" transform="rotate(-90 14 ${top + height / 2})">${escapeHtml(names.y)}</text>`,
  ]);
}

/** Round ticks from 0 to at least `most`. */
function axis(most: number): {
  readonly end: number;
  readonly ticks: readonly number[];
  readonly digits: number;
} {
  if (!(most > 0)) return { end: 1, ticks: [0, 1], digits: 0 };
  const rough = most / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough)!;
  const count = Math.ceil(most / step);
  return {
    end: count * step,
    ticks: Array.from({ length: count + 1 }, (_, i) => i * step),
    digits: Math.max(0, -Math.floor(Math.log10(step))),
  };
}

function svg(width: number, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">${parts.join('')}</svg>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
