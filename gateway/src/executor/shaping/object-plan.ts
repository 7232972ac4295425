/**
 * What is known of an answer's objects before there are any: which fields in which order, and how each comes to its value.
 * Made once for a type (`compiled-object.ts`), followed for each object (`shaped-object.ts`).
 */
import type { CompletionProblem } from './completion-error.ts';
import type { LeafCheck } from './leaf-values.ts';

export type Data = Record<string, unknown>;

export interface ShapedResult {
  readonly data: Data | null;
  readonly problems: readonly CompletionProblem[];
  /** Objects with something more to come. Some may not have come into the answer after all. */
  readonly deferred: readonly DeferredPlace[];
}

/** A deferred fragment of one object. */
export interface DeferredPlace {
  readonly label: string;
  /** Of the object in the answer. */
  readonly path: readonly (string | number)[];
  /** To be called when the fragment's data have been gathered. Null: something in it had to be there and is not. */
  shape(introspection: Data): ShapedResult;
}

export interface Run {
  readonly introspection: Data;
  readonly problems: CompletionProblem[];
  /** Where the run is: the first `depth` entries. */
  readonly path: (string | number)[];
  readonly deferred: DeferredPlace[];
}

export interface ObjectPlan {
  readonly fields: readonly FieldPlan[];
  /** Undefined where there is none, which is nearly everywhere. */
  readonly deferred: readonly DeferredPlan[] | undefined;
}

export interface DeferredPlan {
  readonly label: string;
  /** @param data of the object, with what was fetched for the fragment. */
  planFor(data: Data): ObjectPlan;
}

/** @param value neither null nor undefined. */
export type Complete = (value: unknown, depth: number, run: Run) => unknown;

export interface FieldPlan {
  readonly responseName: string;
  readonly dataKey: string;
  /** The key is the name of something every JavaScript object has. */
  readonly isInherited: boolean;
  readonly nonNull: boolean;
  /** As in the schema, for messages. */
  readonly place: string;
  /** The same for every object of the type. */
  readonly constant: string | undefined;
  readonly isIntrospection: boolean;
  readonly isRemoved?: true;
  /** Leaves are checked in place; undefined for lists and objects. */
  readonly leaf: LeafCheck | undefined;
  /** What a client may not see of the field's values is null. */
  readonly isHidden: LeafCheck;
  readonly complete: Complete;
}
