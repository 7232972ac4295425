/** What a client may run, from everything to registered ids alone. */

export const DOCUMENT_POLICIES = ['open', 'log', 'safelist', 'ids'] as const;

/**
 * - `open`: any document.
 * - `log`: any document; unregistered ones are logged and counted. To find out what a stricter policy would break.
 * - `safelist`: registered documents, by id or by their text.
 * - `ids`: registered documents, by id.
 */
export type DocumentPolicy = (typeof DOCUMENT_POLICIES)[number];

export function stricter(one: DocumentPolicy, other: DocumentPolicy): DocumentPolicy {
  return DOCUMENT_POLICIES.indexOf(one) >= DOCUMENT_POLICIES.indexOf(other) ? one : other;
}

/** Whether documents that nobody registered may run at all. */
export function allowsUnregistered(policy: DocumentPolicy): boolean {
  return policy === 'open' || policy === 'log';
}
