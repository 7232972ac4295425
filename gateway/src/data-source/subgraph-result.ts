/** Reads what a subgraph sent, trusting none of it. Pure. */
import type { SubgraphError, SubgraphResult } from './data-source.ts';

const JSON_TYPE = /^application\/(graphql-response\+)?json\b/i;

/** @returns what is wrong with it, in a few words, where it is no GraphQL answer. */
export function readSubgraphResult(
  text: string,
  contentType: string | readonly string[] | undefined,
  status: number,
): SubgraphResult | string {
  if (!JSON_TYPE.test(String(contentType ?? ''))) return `content type ${String(contentType ?? 'missing')}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (!isRecord(value)) return 'not an object';
  const { data, errors } = value;
  if (data !== undefined && data !== null && !isRecord(data)) return 'data is not an object';
  if (errors !== undefined && errors !== null && !Array.isArray(errors)) return 'errors is not a list';
  const read = Array.isArray(errors) ? errors.map(readError) : [];
  if (data === undefined && read.length === 0) return 'neither data nor errors';
  // An intermediary may answer in the subgraph's place; only errors are believed under such a status.
  if ((status < 200 || status > 299) && read.length === 0) return 'data under an error status';
  return { data: data ?? null, ...(read.length === 0 ? {} : { errors: read }) };
}

function readError(value: unknown): SubgraphError {
  if (!isRecord(value)) return { message: 'An error without a message.' };
  const { message, path, extensions } = value;
  return {
    message: typeof message === 'string' ? message : 'An error without a message.',
    ...(isPath(path) ? { path } : {}),
    ...(isRecord(extensions) ? { extensions } : {}),
  };
}

function isPath(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string' || typeof part === 'number');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
