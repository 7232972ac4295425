/** Builds SVG text. Attribute values and text are escaped here and nowhere else, so that none is forgotten. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with children that are SVG already. */
export function element(name: string, attributes: Attributes = {}, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? decimal(value) : escapeXml(String(value))}"`,
    )
    .join('');
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`;
}

export function group(attributes: Attributes, children: readonly string[]): string {
  return element('g', attributes, ...children);
}

export function circle(cx: number, cy: number, r: number, attributes: Attributes = {}): string {
  return element('circle', { cx, cy, r, ...attributes });
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  attributes: Attributes = {},
): string {
  return element('rect', { x, y, width, height, ...attributes });
}

/** @param points pairs of x and y. */
export function polygon(points: readonly (readonly [number, number])[], attributes: Attributes = {}): string {
  return element('polygon', {
    points: points.map(([x, y]) => `${decimal(x)},${decimal(y)}`).join(' '),
    ...attributes,
  });
}

/** Path data from commands and numbers, e.g. `d('M', 0, 0, 'L', 10, 10)`. */
export function d(...parts: readonly (string | number)[]): string {
  return parts.map((part) => (typeof part === 'number' ? decimal(part) : part)).join(' ');
}

export function path(data: string, attributes: Attributes = {}): string {
  return element('path', { d: data, ...attributes });
}

/** Text as XML 1.0 allows it: characters it has no place for are left out, halves of pairs replaced. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

function decimal(value: number): string {
  return String(Math.round(value * 10) / 10);
}
