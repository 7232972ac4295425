/**
 * The error catalogue. Errors are values with a stable code; everything a client, an operator or a retry
 * policy needs to know about a failure follows from the code. `docs/errors.md` is generated from this table.
 */
export interface ErrorDefinition {
  readonly description: string;
  /** Who has to act: the caller, us, or something we depend on. */
  readonly party: 'client' | 'server' | 'dependency';
  readonly retryable: boolean;
  /** Safe to show to anybody. */
  readonly publicMessage: string;
}

export const ERROR_CATALOGUE = {
  BAD_USER_INPUT: {
    description: 'An argument is outside what its field allows; the message names field and range.',
    party: 'client',
    retryable: false,
    publicMessage: 'An argument is not valid.',
  },
  BAD_REQUEST: {
    description:
      'The HTTP request is not one that can be read: body, media type, method, headers, or too slow in coming. The status says which.',
    party: 'client',
    retryable: false,
    publicMessage: 'The request cannot be read.',
  },
  GRAPHQL_PARSE_FAILED: {
    description: 'The document is not GraphQL; the message says where.',
    party: 'client',
    retryable: false,
    publicMessage: 'The document cannot be read.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    description: 'The document does not fit the schema, or asks for introspection where it is off.',
    party: 'client',
    retryable: false,
    publicMessage: 'The document does not fit the schema.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    description:
      'The document does not have the operation that was named, has several and none was named, or its kind is not served.',
    party: 'client',
    retryable: false,
    publicMessage: 'The operation to run cannot be found.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    description: 'No document is known by this id or hash; send it once with its text.',
    party: 'client',
    retryable: true,
    publicMessage: 'PersistedQueryNotFound',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    description: 'Documents are not kept by id or hash here; send the text.',
    party: 'client',
    retryable: false,
    publicMessage: 'PersistedQueryNotSupported',
  },
  PERSISTED_QUERY_HASH_MISMATCH: {
    description: 'The text that was sent is not the document its id or hash stands for.',
    party: 'client',
    retryable: false,
    publicMessage: 'The text does not match its id or hash.',
  },
  PERSISTED_QUERY_ID_REQUIRED: {
    description: 'This client may run registered documents by their ids alone; it sent a text.',
    party: 'client',
    retryable: false,
    publicMessage: 'Send the id of a registered document instead of its text.',
  },
  PERSISTED_QUERY_RETIRED: {
    description: 'The registered document was retired (status 410); publish and send another one.',
    party: 'client',
    retryable: false,
    publicMessage: 'This document was retired.',
  },
  DOCUMENT_NOT_TRUSTED: {
    description: 'This client may run registered documents alone, and this text is not one of them.',
    party: 'client',
    retryable: false,
    publicMessage: 'This document is not registered.',
  },
  API_KEY_INVALID: {
    description: 'The API key is unknown, damaged, revoked or expired; ask for another one.',
    party: 'client',
    retryable: false,
    publicMessage: 'The API key is not valid.',
  },
  API_KEY_WRONG_ENVIRONMENT: {
    description: 'The API key is of another environment than this one; the message names both.',
    party: 'client',
    retryable: false,
    publicMessage: 'The API key is of another environment.',
  },
  RATE_LIMITED: {
    description:
      'The key has used up its requests or its cost of this window (status 429). Wait as `Retry-After` says.',
    party: 'client',
    retryable: true,
    publicMessage: 'Too many requests; wait a little.',
  },
  OPERATION_TOO_LARGE: {
    description:
      'The document has more tokens, depth, fields, aliases or directives than the gateway accepts.',
    party: 'client',
    retryable: false,
    publicMessage: 'The operation is too large.',
  },
  UNAUTHENTICATED: {
    description: 'The operation needs a viewer and the request carries no valid identity.',
    party: 'client',
    retryable: false,
    publicMessage: 'Sign in to do this.',
  },
  FORBIDDEN: {
    description: 'The viewer may not see or do this.',
    party: 'client',
    retryable: false,
    publicMessage: 'You are not allowed to do this.',
  },
  VARIANT_NOT_FOUND: {
    description:
      'The header `marquee-variant` names a preview variant of the graph that is not served: unknown, over, or refused by the gateway.',
    party: 'client',
    retryable: false,
    publicMessage: 'There is no preview variant with this name.',
  },
  UNAUTHORIZED_FIELD_OR_TYPE: {
    description:
      'The supergraph lets only some read this field, by `@authenticated`, `@requiresScopes` or `@policy`; `path` says which, with `@` for all items of a list. The rest of the answer is there, unless the gateway refuses such requests.',
    party: 'client',
    retryable: false,
    publicMessage: 'Unauthorized field or type',
  },
  COST_ESTIMATED_TOO_EXPENSIVE: {
    description:
      'The operation may cost more than one request, or what is left of the budget of its client, allows; ask for fewer or smaller pages.',
    party: 'client',
    retryable: false,
    publicMessage: 'The operation is too expensive.',
  },
  NOT_FOUND: {
    description: 'The named thing does not exist.',
    party: 'client',
    retryable: false,
    publicMessage: 'Not found.',
  },
  TOO_FEW_GENRES: {
    description: 'Onboarding needs more genres than were chosen (`userErrors`).',
    party: 'client',
    retryable: false,
    publicMessage: 'Choose more genres.',
  },
  CONFIRMATION_MISMATCH: {
    description: 'What confirms an erasure is not what was asked for (`userErrors`); nothing was erased.',
    party: 'client',
    retryable: false,
    publicMessage: 'The confirmation does not match.',
  },
  BEFORE_ERASURE: {
    description:
      'The event happened before the profile was erased (`rejected`); sending it again does not help.',
    party: 'client',
    retryable: false,
    publicMessage: 'The event lies before the erasure of the profile.',
  },
  CURSOR_INVALID: {
    description: 'A paging cursor was not made by this field, or belongs to another list.',
    party: 'client',
    retryable: false,
    publicMessage: 'The cursor is not valid for this list.',
  },
  SLATE_EXPIRED: {
    description: 'The slate behind a cursor or token is gone; ask for a new home page.',
    party: 'client',
    retryable: false,
    publicMessage: 'This page has expired; load it again.',
  },
  CONFLICT: {
    description: 'Somebody else has changed the same thing meanwhile; nothing was written.',
    party: 'server',
    retryable: true,
    publicMessage: 'That was changed meanwhile; try again.',
  },
  DEADLINE_EXCEEDED: {
    description: 'A step did not finish within its deadline.',
    party: 'server',
    retryable: true,
    publicMessage: 'That took too long; try again.',
  },
  OVERLOADED: {
    description:
      'More work than can be done in time, or a bounded queue is full; it was refused before it began. Wait as `Retry-After` says.',
    party: 'server',
    retryable: true,
    publicMessage: 'Busy; try again shortly.',
  },
  SHUTTING_DOWN: {
    description: 'This process is stopping and takes no new work; another one answers.',
    party: 'server',
    retryable: true,
    publicMessage: 'Stopping; try again.',
  },
  DEPENDENCY_UNAVAILABLE: {
    description: 'A port (store, bus, index, database) cannot be reached or answered with a fault.',
    party: 'dependency',
    retryable: true,
    publicMessage: 'A part of the service is unavailable; try again.',
  },
  CONFIG_INVALID: {
    description: 'The configuration has errors; all of them are listed.',
    party: 'server',
    retryable: false,
    publicMessage: 'The service is misconfigured.',
  },
  DATA_CORRUPT: {
    description: 'Stored data fails its checksum or has an unknown format. Nothing was overwritten.',
    party: 'server',
    retryable: false,
    publicMessage: 'The service cannot read its data.',
  },
  DATA_DIRECTORY_UNUSABLE: {
    description: 'The data directory cannot be read, written or locked.',
    party: 'server',
    retryable: false,
    publicMessage: 'The service cannot use its data directory.',
  },
  MODEL_INCOMPATIBLE: {
    description: "A model's manifest does not match the feature views or its checksum.",
    party: 'server',
    retryable: false,
    publicMessage: 'The service cannot load a model.',
  },
  PORT_IN_USE: {
    description: 'The address to listen on is taken.',
    party: 'server',
    retryable: false,
    publicMessage: 'The service cannot listen on its address.',
  },
  INTERNAL_SERVER_ERROR: {
    description: 'A fault of ours. The message is masked; the request id finds it in the log.',
    party: 'server',
    retryable: false,
    publicMessage: 'Something went wrong on our side.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export interface MarqueeErrorOptions {
  /** For the log and for operators; `publicMessage` is used for clients unless the party is the client. */
  readonly message: string;
  /** The input field the error is about, as a dotted path. */
  readonly field?: string;
  readonly cause?: unknown;
}

export class MarqueeError extends Error {
  override readonly name = 'MarqueeError';
  readonly code: ErrorCode;
  readonly field: string | undefined;

  constructor(code: ErrorCode, options: MarqueeErrorOptions | string) {
    const { message, field, cause } = typeof options === 'string' ? { message: options } : options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.field = field;
  }

  get definition(): ErrorDefinition {
    return ERROR_CATALOGUE[this.code];
  }

  /** What a client may read: our own words to clients, the catalogue's words for everything else. */
  get publicMessage(): string {
    return this.definition.party === 'client' ? this.message : this.definition.publicMessage;
  }
}

export function isMarqueeError(error: unknown, code?: ErrorCode): error is MarqueeError {
  return error instanceof MarqueeError && (code === undefined || error.code === code);
}
