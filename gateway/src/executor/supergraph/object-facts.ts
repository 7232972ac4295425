/** Where the planner has to be told which object it is on, as a supergraph says it (see `planning/fragments-by-object.ts`). */
import { type DocumentNode, visit } from 'graphql';
import type { ObjectFacts } from '../planning/fragments-by-object.ts';
import { interfacesWithStandIns } from './interface-objects.ts';

export function objectFacts(supergraph: DocumentNode): ObjectFacts {
  const settingContexts = new Set<string>();
  const contextFields = new Set<string>();
  visit(supergraph, {
    enter(node) {
      if (!('directives' in node) || !('name' in node) || node.name === undefined) return;
      for (const directive of node.directives ?? []) {
        if (directive.name.value === 'context') settingContexts.add(node.name.value);
        const given = directive.arguments?.some(({ name }) => name.value === 'contextArguments');
        if (directive.name.value === 'join__field' && given) contextFields.add(node.name.value);
      }
    },
  });
  return { standIns: interfacesWithStandIns(supergraph), settingContexts, contextFields };
}
