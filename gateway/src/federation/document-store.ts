/**
 * Documents that were read and found valid, per schema. Apollo Server would keep them itself and forget them all with
 * every new schema: at that moment each operation in use would be read and checked again while its client waits. This
 * store carries them over before the new schema is in force.
 */
import { createHash } from 'node:crypto';
import type { ApolloServerOptions } from '@apollo/server';
import { type GraphQLSchema, printSchema } from 'graphql';
import type { Pause } from '../executor/planning/pauses.ts';
import { isUntouched, selectedNames } from '../executor/supergraph/supergraph-change.ts';
import type { NextGraph } from '../executor/supergraph-updates.ts';
import type { GatewayContext } from '../request-context.ts';
import { BoundedDocuments, MAX_DOCUMENT_CHARACTERS } from './bounded-documents.ts';

type ApolloDocumentStore = NonNullable<ApolloServerOptions<GatewayContext>['documentStore']>;

/** The one in force and the one before it or about to come. */
const MAX_SCHEMAS = 2;
const CARRY_OVER_WITHIN_MS = 20_000;

export interface DocumentStore extends ApolloDocumentStore {
  /**
   * Checks what was used over the last schema, last used first, and keeps what is valid over `next`. What is not, its
   * clients are told when they send it.
   * @returns what forgets them, where it does not take over after all: the place is the one's that stays in force.
   */
  carryOver(next: NextGraph, pause: Pause): Promise<() => void>;
}

export function createDocumentStore(maxCharacters = MAX_DOCUMENT_CHARACTERS): DocumentStore {
  /** By Apollo Server's prefix of a schema, in the order in which they came. */
  const schemas = new Map<string, BoundedDocuments>();

  function documentsOf(prefix: string): BoundedDocuments {
    let documents = schemas.get(prefix);
    if (documents === undefined) {
      documents = new BoundedDocuments(maxCharacters);
      schemas.set(prefix, documents);
      if (schemas.size > MAX_SCHEMAS) schemas.delete(schemas.keys().next().value as string);
    }
    return documents;
  }

  return {
    async get(key) {
      const { prefix, hash } = parts(key);
      return schemas.get(prefix)?.get(hash);
    },
    async set(key, document) {
      const { prefix, hash } = parts(key);
      // Now, and not for all documents at once when a supergraph is changed.
      selectedNames(document);
      // A late request over a schema that is gone must not cost those that are here.
      if (schemas.size === 0 || schemas.has(prefix)) documentsOf(prefix).set(hash, document);
    },
    async delete(key) {
      const { prefix, hash } = parts(key);
      return schemas.get(prefix)?.delete(hash);
    },
    async carryOver(next, pause) {
      const prefix = prefixOf(next.schema);
      // Clients see what they saw, from other subgraphs: what was valid is.
      if ([...schemas.keys()].at(-1) === prefix) return () => undefined;
      const forget = () => void schemas.delete(prefix);
      const last = [...schemas].filter(([known]) => known !== prefix).at(-1)?.[1];
      // Back to a schema that is still here: it is the latest from now on.
      schemas.delete(prefix);
      const carried = documentsOf(prefix);
      const until = performance.now() + CARRY_OVER_WITHIN_MS;
      await pause();
      for (const [hash, document] of last?.lastUsedFirst() ?? []) {
        if (performance.now() > until) break;
        const isUnchecked = !isUntouched(selectedNames(document), next.change);
        if (isUnchecked && (await next.problemOf(document)) !== undefined) continue;
        if (!carried.addBehind(hash, document)) break;
        if (isUnchecked) await pause();
      }
      return forget;
    },
  };
}

/** Apollo Server's keys are `<hash of the schema>:<hash of the text>`. */
function parts(key: string): { prefix: string; hash: string } {
  const colon = key.indexOf(':');
  return { prefix: key.slice(0, colon), hash: key.slice(colon + 1) };
}

function prefixOf(schema: GraphQLSchema): string {
  return createHash('sha256').update(printSchema(schema)).digest('hex');
}
