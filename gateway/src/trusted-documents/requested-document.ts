/**
 * What a request asks to run: a text, an id, or both. Ids come as `id` or `documentId` of body or query string, as
 * `extensions.persistedQuery.sha256Hash`, or as the last part of the path. Pure.
 */
import { MarqueeError } from '@marquee/service-kit';
import { isOperationId } from './trusted-operation.ts';

export interface RequestedDocument {
  readonly text?: string;
  readonly id?: string;
  /** The id came as an automatic persisted query's: a client that is told it is unknown sends the text with it. */
  readonly automatic?: true;
}

export interface RawRequest {
  readonly method: string;
  /** Parsed query string of a GET. */
  readonly query: unknown;
  /** Parsed body of a POST. */
  readonly body: unknown;
  /** From the path. */
  readonly pathId?: string;
}

const MAX_HASH_EXTENSION = 16_384;

/** @throws MarqueeError BAD_REQUEST for ids that are none or contradict each other. */
export function requestedDocument({ method, query, body, pathId }: RawRequest): RequestedDocument {
  const given = record(method === 'GET' ? query : body);
  const hash = persistedHash(given.extensions);
  const ids = [pathId, given.id, given.documentId, hash].filter((id) => id !== undefined && id !== null);
  if (!ids.every(isOperationId)) {
    throw new MarqueeError('BAD_REQUEST', {
      message: "A document's id must be 1 to 256 printable characters without spaces.",
      field: 'id',
    });
  }
  const [id] = ids;
  if (ids.some((other) => other !== id)) {
    throw new MarqueeError('BAD_REQUEST', {
      message: 'The request names two different documents.',
      field: 'id',
    });
  }
  return {
    ...(typeof given.query === 'string' && given.query !== '' && { text: given.query }),
    ...(id !== undefined && { id: id as string }),
    ...(hash !== undefined && { automatic: true }),
  };
}

function persistedHash(extensions: unknown): unknown {
  const { persistedQuery } = record(typeof extensions === 'string' ? parsed(extensions) : extensions);
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  const { version, sha256Hash } = record(persistedQuery);
  if (version !== 1) {
    throw new MarqueeError('BAD_REQUEST', {
      message: 'The version of extensions.persistedQuery must be 1.',
      field: 'extensions.persistedQuery.version',
    });
  }
  if (typeof sha256Hash !== 'string') {
    throw new MarqueeError('BAD_REQUEST', {
      message: 'extensions.persistedQuery needs sha256Hash.',
      field: 'extensions.persistedQuery.sha256Hash',
    });
  }
  return sha256Hash;
}

/** Of a query string. What is no JSON is for Apollo Server to refuse. */
function parsed(text: string): unknown {
  if (text.length > MAX_HASH_EXTENSION) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
