/** Builds DOM elements. Text is always set as text, so nothing that comes from data is ever read as HTML. */
type Child = Node | string | number | undefined | false | null;

interface Properties {
  readonly class?: string;
  readonly title?: string;
  readonly href?: string;
  readonly src?: string;
  readonly alt?: string;
  readonly label?: string;
  readonly pressed?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly onClick?: (event: MouseEvent) => void;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (properties.class !== undefined) made.className = properties.class;
  if (properties.title !== undefined) made.title = properties.title;
  if (properties.href !== undefined) made.setAttribute('href', properties.href);
  if (properties.src !== undefined) made.setAttribute('src', properties.src);
  if (properties.alt !== undefined) made.setAttribute('alt', properties.alt);
  if (properties.label !== undefined) made.setAttribute('aria-label', properties.label);
  if (properties.pressed !== undefined) made.setAttribute('aria-pressed', String(properties.pressed));
  for (const [name, value] of Object.entries(properties.data ?? {})) made.dataset[name] = value;
  const { onClick } = properties;
  if (onClick !== undefined) made.addEventListener('click', (event) => onClick(event as MouseEvent));
  for (const child of children) {
    if (child === undefined || child === false || child === null) continue;
    made.append(child instanceof Node ? child : String(child));
  }
  return made;
}

/** An icon from its path on a 24 × 24 grid. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}

export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
