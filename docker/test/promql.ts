/** Which metrics a PromQL expression reads, and with which label matchers. Not a parser: Prometheus checks the grammar. */

export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

const WORDS = new Set([
  ...[
    'and',
    'or',
    'unless',
    'by',
    'without',
    'on',
    'ignoring',
    'group_left',
    'group_right',
    'offset',
    'bool',
  ],
  ...['inf', 'nan'],
]);

export function selectorsOf(expression: string): Selector[] {
  const text = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    // What is grouped or matched by are labels, and ranges are durations.
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ');
  const selectors: Selector[] = [];
  for (const [, metric, call, matchers] of text.matchAll(
    /(?<![\w.:$])([a-zA-Z_:][\w:]*)\s*(\()?(\{[^}]*\})?/g,
  )) {
    if (metric === undefined || call !== undefined || WORDS.has(metric.toLowerCase())) continue;
    // Inside the braces of the selector before.
    const labels = [...(matchers ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(
      ([, label]) => label as string,
    );
    selectors.push({ metric, labels });
  }
  return selectors;
}

/** Labels that an aggregation keeps. */
export function groupingsOf(expression: string): string[] {
  return [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list]) =>
    (list ?? '')
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  );
}
