/**
 * The two formats in which clients take an answer in parts, and which of them a client asks for. Pure.
 *
 *   deferSpec=20220824    what Apollo's clients and Relay have read since 2022: every part says where it belongs
 *   incrementalSpec=v0.2  the current draft, as of graphql-js 17: parts are announced, delivered and completed by id
 *
 * `multipart/mixed` without a version, as in the GraphQL over HTTP draft for incremental delivery, is the current one.
 */
import type { GraphQLFormattedError } from 'graphql';
import type { PendingPart } from '../executor/deferred-answer.ts';

export interface FormattedPart extends PendingPart {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphQLFormattedError[];
}

export interface FormattedParts {
  readonly pending: readonly PendingPart[];
  readonly delivered: readonly FormattedPart[];
  readonly hasNext: boolean;
}

export interface DeliveryFormat {
  /** Of the answer's media type. */
  readonly parameter: string;
  /** What the first part says beside the answer's own `data` and `errors`. */
  first(pending: readonly PendingPart[]): object;
  later(parts: FormattedParts): object;
}

const EARLIER: DeliveryFormat = {
  parameter: 'deferSpec=20220824',
  first: () => ({}),
  later: ({ delivered, hasNext }) => ({
    incremental: delivered.map(({ path, label, data, errors }) => ({
      path,
      ...(label === undefined ? {} : { label }),
      data,
      ...(errors.length === 0 ? {} : { errors }),
    })),
    hasNext,
  }),
};

const CURRENT: DeliveryFormat = {
  parameter: 'incrementalSpec=v0.2',
  first: (pending) => ({ pending: pending.map(announced) }),
  later: ({ pending, delivered, hasNext }) => {
    const incremental = delivered.flatMap(({ id, data, errors }) =>
      data === null ? [] : [{ id, data, ...(errors.length === 0 ? {} : { errors }) }],
    );
    return {
      ...(pending.length === 0 ? {} : { pending: pending.map(announced) }),
      ...(incremental.length === 0 ? {} : { incremental }),
      // A part that could not be delivered is completed with the reason.
      completed: delivered.map(({ id, data, errors }) => (data === null ? { id, errors } : { id })),
      hasNext,
    };
  },
};

function announced({ id, path, label }: PendingPart): object {
  return { id, path, ...(label === undefined ? {} : { label }) };
}

/** More ranges than any client sends; the rest is not read. */
const MAX_RANGES = 32;

/** The format the client likes best; undefined where it wants its answer in one piece. */
export function acceptedFormat(accept: string | undefined): DeliveryFormat | undefined {
  const liked = (accept ?? '')
    .toLowerCase()
    .split(',', MAX_RANGES)
    .flatMap((range, position) => {
      const [type, ...parameters] = range.split(';').map((part) => part.trim().replaceAll('"', ''));
      const format = type === 'multipart/mixed' ? formatOf(parameters) : undefined;
      const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
      return format === undefined || !(quality > 0) ? [] : [{ format, quality, position }];
    })
    .sort((a, b) => b.quality - a.quality || a.position - b.position);
  return liked[0]?.format;
}

function formatOf(parameters: readonly string[]): DeliveryFormat | undefined {
  const version = parameters.find((parameter) => /spec=/.test(parameter));
  if (version === undefined) return CURRENT;
  return [EARLIER, CURRENT].find(({ parameter }) => parameter.toLowerCase() === version);
}
