/**
 * Which slate a request for a home page goes on in. A cursor in `rows(after)` or `items(after)` names the slate
 * it was cut from; all of the answer then comes from that one, although a newer page may exist.
 */
import { type GraphQLResolveInfo, Kind, type SelectionSetNode, valueFromASTUntyped } from 'graphql';
import { parseItemCursor, parseRowCursor } from '../../slates/slate-cursor.ts';

const CURSOR_OF = { rows: parseRowCursor, items: parseItemCursor } as const;

/** Below an item there are titles, whose own lists have cursors of their own. */
const LEADS_TO_ITEMS: ReadonlySet<string> = new Set(['rows', 'nodes', 'edges', 'node']);

/** @throws MarqueeError CURSOR_INVALID. */
export function continuedSlateId(info: GraphQLResolveInfo): string | undefined {
  for (const node of info.fieldNodes) {
    const found = node.selectionSet && search(node.selectionSet, info);
    if (found !== undefined) return found;
  }
  return undefined;
}

function search(selectionSet: SelectionSetNode, info: GraphQLResolveInfo): string | undefined {
  for (const selection of selectionSet.selections) {
    const inside =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? info.fragments[selection.name.value]?.selectionSet
        : selection.selectionSet;
    if (selection.kind === Kind.FIELD && isPaged(selection.name.value)) {
      const argument = selection.arguments?.find(({ name }) => name.value === 'after');
      const cursor = argument && valueFromASTUntyped(argument.value, info.variableValues);
      if (typeof cursor === 'string') return CURSOR_OF[selection.name.value](cursor).slateId;
    }
    if (selection.kind === Kind.FIELD && !LEADS_TO_ITEMS.has(selection.name.value)) continue;
    const found = inside && search(inside, info);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPaged(field: string): field is keyof typeof CURSOR_OF {
  return Object.hasOwn(CURSOR_OF, field);
}
