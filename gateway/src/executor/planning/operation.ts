/**
 * One operation of a document, apart from what else the document holds, and the text that stands for it: two
 * documents that differ in layout, in other operations or in unused fragments have the same plan.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import { isCondition } from './conditions.ts';

export interface IsolatedOperation {
  readonly operation: OperationDefinitionNode;
  /** The operation and the fragments it uses. */
  readonly document: DocumentNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Variables that decide over `@skip`, `@include` and `@defer`. */
  readonly conditionVariables: readonly string[];
  /** Fragments that a client would take later. */
  readonly hasDefers: boolean;
  /** Root fields that the gateway answers itself. */
  readonly hasIntrospection: boolean;
}

/** @param document valid. */
export function isolateOperation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): IsolatedOperation {
  const all = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) all.set(definition.name.value, definition);
  }
  const fragments = new Map<string, FragmentDefinitionNode>();
  const conditions = new Set<string>();
  let hasDefers = false;
  let hasIntrospection = false;
  const read = (set: SelectionSetNode): void => {
    visit(set, {
      FragmentSpread({ name: { value: name } }) {
        const fragment = all.get(name);
        if (fragment === undefined || fragments.has(name)) return;
        fragments.set(name, fragment);
        read(fragment.selectionSet);
      },
      Directive({ name, arguments: given }) {
        if (name.value === 'defer') hasDefers = true;
        else if (!isCondition(name.value)) return;
        const value = given?.find((argument) => argument.name.value === 'if')?.value;
        if (value?.kind === Kind.VARIABLE) conditions.add(value.name.value);
      },
      Field({ name }) {
        if (name.value === '__schema' || name.value === '__type') hasIntrospection = true;
      },
    });
  };
  read(operation.selectionSet);
  return {
    operation,
    document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments.values()] },
    fragments,
    conditionVariables: [...conditions].sort(),
    hasDefers,
    hasIntrospection,
  };
}

export function normalisedText({ document }: IsolatedOperation): string {
  return stripIgnoredCharacters(print(document));
}
