/**
 * Which changes of the API schema break clients, and which shipped operations they break. A change that no
 * shipped operation feels is still reported: partners may have registered operations of their own.
 */
import type { GraphQLSchema } from 'graphql';
import { type OperationInUse, schemaChanges } from './schema-changes.ts';

export interface BreakingChange {
  readonly description: string;
  /** Names of the trusted documents that touch what changed. */
  readonly operations: readonly string[];
}

/** @param committed what clients were promised. @param next what they would get. */
export function breakingChanges(
  committed: GraphQLSchema,
  next: GraphQLSchema,
  documents: readonly OperationInUse[],
): readonly BreakingChange[] {
  return schemaChanges(committed, next, documents)
    .filter(({ criticality }) => criticality === 'breaking')
    .map(({ description, operations }) => ({
      description,
      operations: operations.map(({ name }) => name),
    }));
}
