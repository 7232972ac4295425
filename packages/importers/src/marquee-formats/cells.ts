/** Values as the three formats give them: typed in JSON and Parquet, text in CSV. */
import { z } from 'zod';

/** A number, or text that is one. */
export const numberCell = z.preprocess(
  (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
  z.number(),
);

/** Epoch milliseconds, or an ISO-8601 instant with its offset. */
export const instantCell = z.preprocess((value) => {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text);
  return ISO_INSTANT.test(text) ? Date.parse(text) : Number.NaN;
}, z.number({ error: 'expected an ISO-8601 instant with offset or epoch milliseconds' }).int().nonnegative());

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/i;

/** A list, or text with `|` between its items. */
export function listCell<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split('|')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    z.array(item),
  );
}

/** A value, or its JSON text, for formats whose cells are text. */
export function jsonCell<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue('expected JSON');
      return z.NEVER;
    }
  }, schema);
}

/** Every problem of a row in one sentence, each with its field. */
export function problemsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}
