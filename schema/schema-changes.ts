/**
 * What clients may notice when one API schema takes the place of another, and which operations would notice.
 *
 * Breaking: answers that a client may rely on, or requests that were valid, change. Dangerous: a client that is not
 * prepared for more than it knows may stumble (another enum value, another member of a union). Safe: the rest.
 */
import {
  BreakingChangeType,
  DangerousChangeType,
  type DocumentNode,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  validate,
} from 'graphql';
import { findDefaultChanges } from './default-changes.ts';
import { findDirectiveChanges } from './directive-changes.ts';
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
  /** graphql-js's name of the kind of change, or ours for what it does not know. */
  readonly kind: string;
  readonly description: string;
  readonly operations: readonly AffectedOperation[];
  /** The contract variant whose clients alone would notice. */
  readonly contract?: string;
}

interface JudgedOperation {
  readonly operation: OperationInUse;
  readonly use: SchemaUse;
  /** Why it would be refused although it was not; undefined where it would not be. */
  readonly refusal: string | undefined;
  readonly refused: boolean;
}

/** Breaking ones first. @param before what clients were promised. @param after what they would get. */
export function schemaChanges(
  before: GraphQLSchema,
  after: GraphQLSchema,
  operations: readonly OperationInUse[],
): readonly SchemaChange[] {
  const judged = operations.map((operation): JudgedOperation => {
    const problem = firstProblem(after, operation.document);
    const isNew = problem !== undefined && firstProblem(before, operation.document) === undefined;
    const use = schemaUse(before, operation.document);
    return { operation, use, refused: problem !== undefined, refusal: isNew ? problem : undefined };
  });
  const defaults = findDefaultChanges(before, after).map(
    ({ criticality, kind, description, coordinate }) => ({
      ...{ criticality, kind, description },
      operations: affected(judged, ({ leftOut, types }) =>
        kind === 'INPUT_BECAME_ONE_OF' ? types.has(coordinate) : leftOut.has(coordinate),
      ),
    }),
  );
  const breaking = [
    ...findBreakingChanges(before, after).map(({ type, description }) => ({
      ...{ criticality: 'breaking' as const, kind: type, description },
      operations: affected(judged, (use, isRefused) =>
        type.includes('DIRECTIVE')
          ? touchesDirective(type, description, use, isRefused)
          : touches(type, description, use, after),
      ),
    })),
    ...findDirectiveChanges(before, after).map(({ isFelt, ...change }) => ({
      ...change,
      operations: affected(judged, isFelt),
    })),
    ...defaults.filter(({ criticality }) => criticality === 'breaking'),
  ];
  return [
    ...breaking,
    ...refusedBesides(breaking, judged),
    ...findDangerousChanges(before, after)
      .filter(({ type }) => type !== DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE)
      .map(({ type, description }) => ({
        ...{ criticality: 'dangerous' as const, kind: type, description },
        operations: affected(judged, (use) => touches(type, description, use, after)),
      })),
    ...defaults.filter(({ criticality }) => criticality === 'dangerous'),
    ...findSafeChanges(before, after).map((change) => ({
      ...{ criticality: 'safe' as const, operations: [] },
      ...change,
    })),
  ];
}

function firstProblem(schema: GraphQLSchema, document: DocumentNode): string | undefined {
  return validate(schema, document, undefined, { maxErrors: 1 })[0]?.message;
}

function affected(
  judged: readonly JudgedOperation[],
  isConcerned: (use: SchemaUse, isRefused: boolean) => boolean,
): readonly AffectedOperation[] {
  return judged
    .filter(({ use, refused }) => isConcerned(use, refused))
    .map(({ operation: { name, clients = [] }, refused }) => ({ name, clients, refused }));
}

/**
 * What is refused although no single change says so: two fields that are merged under one name may differ only once one
 * of them is never null, and a change that breaks nobody by itself breaks them.
 */
function refusedBesides(
  breaking: readonly SchemaChange[],
  judged: readonly JudgedOperation[],
): readonly SchemaChange[] {
  const named = new Set(breaking.flatMap(({ operations }) => operations.map(({ name }) => name)));
  const others = judged.filter(
    ({ refusal, operation }) => refusal !== undefined && !named.has(operation.name),
  );
  return [...new Set(others.map(({ refusal }) => refusal as string))].map((refusal) => ({
    criticality: 'breaking',
    kind: 'OPERATION_REFUSED',
    description: refusal,
    operations: others
      .filter((each) => each.refusal === refusal)
      .map(({ operation: { name, clients = [] } }) => ({ name, clients, refused: true })),
  }));
}

/**
 * graphql-js describes a change in words only. They name either coordinates (`Title.name`) or, for changes of a
 * whole type, enum or input type, the type.
 */
function touches(kind: string, description: string, use: SchemaUse, after: GraphQLSchema): boolean {
  if (
    kind === DangerousChangeType.OPTIONAL_ARG_ADDED ||
    kind === DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED
  ) {
    // What a client does not know it does not send.
    return false;
  }
  const input = /^(\w+)\.(\w+)(?: arg (\w+))?(?: has)? changed type from (\S+) to (\S+)\.$/.exec(description);
  if (input !== null && input[5] === `${input[4]}!`) {
    const [, type = '', field = '', name] = input;
    const coordinate = name === undefined ? `${type}.${field}` : `${type}.${field}(${name}:)`;
    // Nothing changes for who sends a value, nor for who leaves out what has a default.
    if (use.nullable.has(coordinate)) return true;
    return use.leftOut.has(coordinate) && !hasDefault(after, type, field, name);
  }
  const argument = /^(\w+\.\w+) arg (\w+) /.exec(description);
  if (argument !== null) return use.arguments.has(`${argument[1]}(${argument[2]}:)`);
  const coordinates = description.match(/\b\w+\.\w+/g);
  if (coordinates !== null) return coordinates.some((coordinate) => use.fields.has(coordinate));
  if (kind === BreakingChangeType.TYPE_REMOVED) {
    const name = description.slice(0, description.indexOf(' '));
    return use.types.has(name) || [...use.answered].some((coordinate) => coordinate.startsWith(`${name}.`));
  }
  // What it contains may be used where it is not.
  const container = /(?:union|enum|input) type (\w+)/.exec(description)?.[1];
  if (container !== undefined) {
    const value = kind === BreakingChangeType.VALUE_REMOVED_FROM_ENUM && /^\w+/.exec(description)?.[0];
    return use.types.has(container) || use.values.has(`${container}.${value}`);
  }
  const joined = /^(\w+) added to interfaces implemented|no longer implements interface (\w+)\.$/.exec(
    description,
  );
  // Whoever asks for the type itself is answered as before.
  if (joined !== null) return use.types.has((joined[1] ?? joined[2]) as string);
  return (description.match(/\w+/g) ?? []).some((word) => use.types.has(word));
}

/** Whoever asks otherwise, in another place or once, is answered as before. */
function touchesDirective(kind: string, description: string, use: SchemaUse, isRefused: boolean): boolean {
  const [, part, whose] = /^(.+) was removed from (\w+)\.$/.exec(description) ?? [];
  const name = whose ?? /(\w+) was (?:removed|added)\.$/.exec(description)?.[1] ?? '';
  if (kind === BreakingChangeType.DIRECTIVE_ARG_REMOVED) return use.arguments.has(`@${name}(${part}:)`);
  const isWhole = kind === BreakingChangeType.DIRECTIVE_REMOVED;
  return use.directives.has(name) && (isWhole || isRefused);
}

/** @param argument absent: of a field of an input type. */
function hasDefault(
  schema: GraphQLSchema,
  typeName: string,
  field: string,
  argument: string | undefined,
): boolean {
  const type = schema.getType(typeName);
  if (isInputObjectType(type)) return type.getFields()[field]?.defaultValue !== undefined;
  if (!(isObjectType(type) || isInterfaceType(type))) return false;
  const { args = [] } = type.getFields()[field] ?? {};
  return args.find(({ name }) => name === argument)?.defaultValue !== undefined;
}
