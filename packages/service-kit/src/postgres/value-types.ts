/** How values travel between JavaScript and PostgreSQL. */
import { types } from 'pg';
import { decodeText, encodeText } from './text-codec.ts';

const { builtins } = types;
/** `_text`, which the driver's own list of types leaves out. */
const TEXT_ARRAY = 1009;
const parseTextArray = types.getTypeParser(TEXT_ARRAY as never, 'text') as (
  text: string,
) => (string | null)[];

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.TEXT]: decodeText,
  [builtins.VARCHAR]: decodeText,
  [TEXT_ARRAY]: (text) =>
    parseTextArray(text).map((element) => (element === null ? null : decodeText(element))),
  // Instants, sequences and counts stay far below 2^53.
  [builtins.INT8]: Number,
  [builtins.NUMERIC]: Number,
  // Parsing is the caller's, who knows whether the whole of it is wanted.
  [builtins.JSON]: (text) => text,
  [builtins.JSONB]: (text) => text,
};

export const valueTypes = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && PARSERS[oid]) ||
    types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
};

/** Strings, and lists of strings, in their stored form; everything else as it is. */
export function encodeParameter(value: unknown): unknown {
  if (typeof value === 'string') return encodeText(value);
  if (Array.isArray(value)) return value.map(encodeParameter);
  return value;
}
