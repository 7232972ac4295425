/** What DuckDB answers as JSON values. Its own conversion makes text of every 64-bit number, so that a count could not be added to another. */
import {
  DuckDBDecimalValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';

/** Decimal digits that a double gives back as they were (IEEE 754 binary64). */
const DIGITS_OF_A_DOUBLE = 15;

/**
 * - Whole numbers and decimals are numbers where a double holds them: whole ones to 2^53 - 1, decimals to fifteen digits. Beyond, text.
 * - What JSON has no number for is the text `NaN`, `Infinity` or `-Infinity`; NULL is null.
 * - Times, dates, intervals and other values are as DuckDB writes them; lists and structs hold the same values again.
 */
export const toJsonValue: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (typeof value === 'bigint') {
    const double = Number(value);
    if (Number.isSafeInteger(double)) return double;
  }
  if (value instanceof DuckDBDecimalValue) {
    const { value: digits } = value;
    if (digits.toString().replace('-', '').length <= DIGITS_OF_A_DOUBLE) return Number(value.toString());
  }
  return JsonDuckDBValueConverter(value, type, converter);
};
