/**
 * PostgreSQL's text holds every character but U+0000, and ids come from clients. So U+0000 is stored as U+0001
 * U+0001 and U+0001 as U+0001 U+0002. That is reversible and keeps the order of strings, so that keys can be
 * compared, sorted and paged in the database.
 */

export function encodeText(text: string): string {
  if (!text.includes('\0') && !text.includes('\u0001')) return text;
  return text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001');
}

export function decodeText(text: string): string {
  if (!text.includes('\u0001')) return text;
  return text.replaceAll('\u0001\u0001', '\0').replaceAll('\u0001\u0002', '\u0001');
}
