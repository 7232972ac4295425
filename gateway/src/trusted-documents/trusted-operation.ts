/** A registered operation and what is known of it. */
import { Kind, parse, stripIgnoredCharacters } from 'graphql';
import { MOST_TOKENS } from '../limits/document-limits.ts';

/** Clients that an operation was published for; without any, it is for clients of our own. */
export const EVERYBODY = '*';

export interface TrustedOperation {
  /** What clients send: a hash or a name. Never changes its meaning. */
  readonly id: string;
  /** Of its first operation; absent for an anonymous one. */
  readonly name: string | undefined;
  readonly text: string;
  /** Names of the clients it was published for, or `*` for all. */
  readonly clients: readonly string[];
  readonly deprecation?: {
    /** Seconds since 1970, when it begins or began. */
    readonly at: number;
    /** Seconds since 1970, after which it may not be answered any more. */
    readonly sunset?: number;
    readonly reason?: string;
    /** Where a person reads about it. */
    readonly link?: string;
  };
  readonly retirement?: { readonly at: number; readonly reason?: string };
}

/** Printable ASCII without spaces: ids stand in URLs, logs and labels. */
const ID = /^[\x21-\x7e]{1,256}$/;

export function isOperationId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

/** Undefined where there is none. @throws GraphQLError for what is no GraphQL, or more than any gateway reads. */
export function firstOperationOf(text: string): { readonly name: string | undefined } | undefined {
  const { definitions } = parse(text, { noLocation: true, maxTokens: MOST_TOKENS });
  const found = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return found && { name: found.name?.value };
}

/** The same for texts that differ in layout and comments alone. @throws GraphQLError for what is no GraphQL. */
export function canonicalText(text: string): string {
  return stripIgnoredCharacters(text);
}
