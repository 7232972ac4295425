/**
 * Which changes of the API schema break clients, and which shipped operations they break. A change that no
 * shipped operation feels is still reported: partners may have registered operations of their own.
 */
import { findBreakingChanges, type GraphQLSchema } from 'graphql';
import { type SchemaUse, schemaUse } from './schema-use.ts';
import type { TrustedDocument } from './trusted-documents.ts';

export interface BreakingChange {
  readonly description: string;
  /** Names of the trusted documents that touch what changed. */
  readonly operations: readonly string[];
}

/** @param committed what clients were promised. @param next what they would get. */
export function breakingChanges(
  committed: GraphQLSchema,
  next: GraphQLSchema,
  documents: readonly TrustedDocument[],
): readonly BreakingChange[] {
  const changes = findBreakingChanges(committed, next);
  if (changes.length === 0) return [];
  const uses = documents.map(({ name, document }) => ({ name, use: schemaUse(committed, document) }));
  return changes.map(({ description }) => ({
    description,
    operations: uses.filter(({ use }) => touches(description, use)).map(({ name }) => name),
  }));
}

/**
 * graphql-js describes a change in words only. They name either coordinates (`Title.name`) or, for changes of a
 * whole type, enum or input type, the type.
 */
function touches(description: string, use: SchemaUse): boolean {
  const coordinates = description.match(/\b\w+\.\w+/g);
  if (coordinates !== null) return coordinates.some((coordinate) => use.fields.has(coordinate));
  return (description.match(/\w+/g) ?? []).some((word) => use.types.has(word));
}
