/**
 * What clients may notice when one API schema takes the place of another, and which operations would notice.
 *
 * Breaking: answers that a client may rely on, or requests that were valid, change. Dangerous: a client that is not
 * prepared for more than it knows may stumble (another enum value, another member of a union). Safe: the rest.
 */
import {
  DangerousChangeType,
  type DocumentNode,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  validate,
} from 'graphql';
import { findSafeChanges } from './safe-changes.ts';
import { type SchemaUse, schemaUse } from './schema-use.ts';

export interface OperationInUse {
  readonly name: string;
  readonly document: DocumentNode;
  /** Who sends it, as `client` or `client@version`; empty when nobody has been seen to. */
  readonly clients?: readonly string[];
}

export interface AffectedOperation {
  readonly name: string;
  readonly clients: readonly string[];
  /** It would be refused; otherwise it is answered, but perhaps not as its client expects. */
  readonly refused: boolean;
}

export interface SchemaChange {
  readonly criticality: 'breaking' | 'dangerous' | 'safe';
  /** graphql-js's name of the kind of change, or ours for safe ones. */
  readonly kind: string;
  readonly description: string;
  readonly operations: readonly AffectedOperation[];
}

/** Breaking ones first. @param before what clients were promised. @param after what they would get. */
export function schemaChanges(
  before: GraphQLSchema,
  after: GraphQLSchema,
  operations: readonly OperationInUse[],
): readonly SchemaChange[] {
  const uses = operations.map((operation) => ({
    operation,
    use: schemaUse(before, operation.document),
    refused: validate(after, operation.document, undefined, { maxErrors: 1 }).length > 0,
  }));
  const found = (criticality: SchemaChange['criticality'], kind: string, description: string) => ({
    criticality,
    kind,
    description,
    operations:
      criticality === 'safe'
        ? []
        : uses
            .filter(({ use }) => touches(kind, description, use))
            .map(({ operation: { name, clients = [] }, refused }) => ({ name, clients, refused })),
  });
  return [
    ...findBreakingChanges(before, after).map(({ type, description }) =>
      found('breaking', type, description),
    ),
    ...findDangerousChanges(before, after).map(({ type, description }) =>
      found('dangerous', type, description),
    ),
    ...findSafeChanges(before, after).map(({ kind, description }) => found('safe', kind, description)),
  ];
}

/**
 * graphql-js describes a change in words only. They name either coordinates (`Title.name`) or, for changes of a
 * whole type, enum or input type, the type.
 */
function touches(kind: string, description: string, use: SchemaUse): boolean {
  if (
    kind === DangerousChangeType.OPTIONAL_ARG_ADDED ||
    kind === DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED
  ) {
    // What a client does not know it does not send.
    return false;
  }
  const argument = /^(\w+\.\w+) arg (\w+) /.exec(description);
  if (argument !== null) {
    const [, field, name] = argument;
    const isSent = use.arguments.has(`${field}(${name}:)`);
    const isAsked = use.fields.has(field as string);
    // A default is in force where the argument is left out.
    if (kind === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE) return isAsked && !isSent;
    return isSent || (isAsked && description.endsWith('!.'));
  }
  if (kind.includes('DIRECTIVE')) {
    return [...use.directives].some((name) => new RegExp(`\\b${name}\\b`).test(description));
  }
  const coordinates = description.match(/\b\w+\.\w+/g);
  if (coordinates !== null) return coordinates.some((coordinate) => use.fields.has(coordinate));
  // What it contains may be used where it is not.
  const container = /(?:union|enum|input) type (\w+)/.exec(description)?.[1];
  if (container !== undefined) return use.types.has(container);
  return (description.match(/\w+/g) ?? []).some((word) => use.types.has(word));
}
