/**
 * `@defer` before planning: which fragments of an operation are really to be deferred for a request, each with a
 * label of its own by which plan, shape and parts of the answer find each other. Clients' labels are optional, and
 * one fragment may be spread at several places: so spreads are written out first, and every place is numbered.
 */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type InlineFragmentNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { isCondition, isIncluded, TYPENAME } from './conditions.ts';
import type { IsolatedOperation } from './operation.ts';

/** Each is planned and delivered by itself. An operation with more is answered as if it had none. */
const MAX_DEFERRED = 16;
/** Fragments in fragments multiply. */
const MAX_SELECTIONS = 5_000;
const DEFER = 'defer';

export interface DeferringOperation {
  /** Without spreads and conditions. Selection sets may be empty: this is to be shaped by. */
  readonly document: DocumentNode;
  /** By our label the client's, where it gave one. Not empty. */
  readonly labels: ReadonlyMap<string, string | undefined>;
}

/**
 * @param values of the variables that decide over `@skip`, `@include` and `@defer(if:)`.
 * @returns undefined where there is nothing to defer, or too much. A server may do without.
 */
export function deferringOperation(
  { operation, fragments }: IsolatedOperation,
  values: Readonly<Record<string, unknown>>,
): DeferringOperation | undefined {
  const labels = new Map<string, string | undefined>();
  let selections = 0;
  // Root fields of mutations run one after the other, and all of them before the answer.
  const isDeferrable = (isRoot: boolean) => !isRoot || operation.operation === 'query';

  function writtenOut(set: SelectionSetNode, isRoot: boolean): SelectionSetNode {
    return { ...set, selections: set.selections.flatMap((each) => selection(each, isRoot)) };
  }

  function selection(each: SelectionNode, isRoot: boolean): SelectionNode[] {
    if (!isIncluded(each.directives, values) || ++selections > MAX_SELECTIONS) return [];
    const directives = (each.directives ?? []).filter(({ name }) => !isCondition(name.value));
    if (each.kind === Kind.FIELD) {
      const selectionSet = each.selectionSet && writtenOut(each.selectionSet, false);
      return [{ ...each, directives, selectionSet } as FieldNode];
    }
    const inside = each.kind === Kind.INLINE_FRAGMENT ? each : fragments.get(each.name.value);
    if (inside === undefined) return [];
    const deferring = directives.find(({ name }) => name.value === DEFER);
    const others = directives.filter((directive) => directive !== deferring);
    const selectionSet = writtenOut(inside.selectionSet, isRoot);
    const label =
      deferring !== undefined && isDeferrable(isRoot) && holds(deferring, values) && asks(selectionSet)
        ? numbered(labels, deferring)
        : undefined;
    const written: InlineFragmentNode = {
      kind: Kind.INLINE_FRAGMENT,
      ...(inside.typeCondition === undefined ? {} : { typeCondition: inside.typeCondition }),
      directives: label === undefined ? others : [...others, labelled(label)],
      selectionSet,
    };
    return [written];
  }

  const selectionSet = writtenOut(operation.selectionSet, true);
  if (labels.size === 0 || labels.size > MAX_DEFERRED || selections > MAX_SELECTIONS) return undefined;
  return { document: { kind: Kind.DOCUMENT, definitions: [{ ...operation, selectionSet }] }, labels };
}

/** For more than what every object's data say of themselves. What is deferred inside comes later still. */
function asks({ selections }: SelectionSetNode): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return !selection.name.value.startsWith('__');
    return (
      selection.kind === Kind.INLINE_FRAGMENT &&
      deferredLabel(selection) === undefined &&
      asks(selection.selectionSet)
    );
  });
}

/** Our label of a fragment in a `DeferringOperation`. */
export function deferredLabel({ directives }: InlineFragmentNode): string | undefined {
  const deferring = directives?.find(({ name }) => name.value === DEFER);
  return deferring === undefined ? undefined : clientLabel(deferring);
}

export function hasDeferredFragments(document: DocumentNode): boolean {
  let deferred = 0;
  visit(document, {
    Directive: ({ name }) => {
      if (name.value === DEFER) deferred++;
    },
  });
  return deferred > 0;
}

/** As for a client that takes its answer in one piece. The same object where nothing is deferred. */
export function withoutDefers(document: DocumentNode): DocumentNode {
  return visit(document, { Directive: ({ name }) => (name.value === DEFER ? null : undefined) });
}

/** The planner wants something in every selection set. */
export function withoutEmptySelections(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet: {
      leave: (set): SelectionSetNode | undefined =>
        set.selections.length === 0 ? { ...set, selections: [TYPENAME] } : undefined,
    },
  });
}

function numbered(labels: Map<string, string | undefined>, deferring: DirectiveNode): string {
  const label = `part${labels.size}`;
  labels.set(label, clientLabel(deferring));
  return label;
}

function labelled(label: string): DirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: { kind: Kind.NAME, value: DEFER },
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: { kind: Kind.NAME, value: 'label' },
        value: { kind: Kind.STRING, value: label },
      },
    ],
  };
}

/** A label has to stand in the document; what a variable says is nobody's label. */
function clientLabel(deferring: DirectiveNode): string | undefined {
  const given = deferring.arguments?.find(({ name }) => name.value === 'label')?.value;
  return given?.kind === Kind.STRING ? given.value : undefined;
}

function holds(deferring: DirectiveNode, values: Readonly<Record<string, unknown>>): boolean {
  const given = deferring.arguments?.find(({ name }) => name.value === 'if')?.value;
  if (given === undefined) return true;
  return given.kind === Kind.BOOLEAN
    ? given.value
    : given.kind === Kind.VARIABLE && values[given.name.value] === true;
}
