/**
 * Conditions at the root of a subscription. What it is about must not depend on variables, so the GraphQL specification
 * (September 2025, 5.2.4.1) allows no `@skip` or `@include` there. graphql-js 16 has no words for it: its rule for single root
 * fields asks what the variables are, of which there are none yet, and throws. Pure.
 */
import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

const CONDITIONS: ReadonlySet<string> = new Set(['skip', 'include']);

/** @param document not validated yet. @returns why it is no valid one, for the client. */
export function conditionedSubscription(document: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const isConditioned = ({ selections }: SelectionSetNode, spread: ReadonlySet<string>): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(({ name }) => CONDITIONS.has(name.value))) return true;
      if (selection.kind === Kind.FIELD) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isConditioned(selection.selectionSet, spread);
      const { value: name } = selection.name;
      const fragment = fragments.get(name);
      if (fragment === undefined || spread.has(name)) return false;
      return isConditioned(fragment.selectionSet, new Set([...spread, name]));
    });
  const isInvalid = document.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === 'subscription' &&
      isConditioned(definition.selectionSet, new Set()),
  );
  return isInvalid ? 'The root of a subscription takes no @skip and no @include.' : undefined;
}
