/**
 * What an operation document may look like before anything is spent on it. Documents come from outside;
 * validating and planning them costs far more than reading them, and some grow exponentially when fragments
 * are followed. Pure, and linear in the size of the document: fragments are measured once each.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

export interface DocumentLimits {
  /** Lexical tokens, counted by the parser, which stops there. */
  readonly maxTokens: number;
  /** Nested selection sets, fragments followed. */
  readonly maxDepth: number;
  /** Fields with an alias, fragments followed. */
  readonly maxAliases: number;
  /** Fields of the operation itself, fragments followed: each may be a fetch of its own. */
  readonly maxRootFields: number;
  /** Fields, fragments followed. */
  readonly maxFields: number;
  /** Directives in the document. */
  readonly maxDirectives: number;
  /** List items the operation may ask for, pages within pages multiplied. */
  readonly maxItems: number;
}

/** The most tokens that any gateway can be told to read of a document; each takes some hundred bytes of memory. */
export const MOST_TOKENS = 1_000_000;

/** Home rows with everything a client shows need about 350 tokens, depth 9, 70 fields and no alias. */
export const DEFAULT_DOCUMENT_LIMITS: DocumentLimits = {
  maxTokens: 4_000,
  maxDepth: 16,
  maxAliases: 30,
  maxRootFields: 30,
  maxFields: 600,
  maxDirectives: 50,
  // A hundred pages of a hundred, and the pages themselves: the most that variables can make of rows of items.
  maxItems: 12_000,
};

/** What `first` can be where a variable says it: the largest page any field gives. */
const LARGEST_PAGE = 100;
/** What a connection gives without `first`. */
const USUAL_PAGE = 20;

export interface DocumentSize {
  readonly depth: number;
  readonly aliases: number;
  /** Right here: of an operation, its root fields. */
  readonly ownFields: number;
  readonly fields: number;
  readonly directives: number;
  /** An upper bound from the document alone: page sizes in variables count as the largest page. */
  readonly items: number;
}

/**
 * The size of the largest operation in the document. A fragment that contains itself makes it infinite.
 * Counts saturate at Infinity instead of overflowing, however often a fragment is spread.
 */
export function measureDocument(document: DocumentNode): DocumentSize {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, DocumentSize | 'open'>();

  function fragmentSize(name: string): DocumentSize {
    const known = measured.get(name);
    if (known === 'open') return INFINITE;
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    // An unknown fragment is validation's to report.
    if (fragment === undefined) return NOTHING;
    measured.set(name, 'open');
    const size = plusDirectives(selectionSize(fragment.selectionSet), fragment.directives);
    measured.set(name, size);
    return size;
  }

  function selectionSize(selectionSet: SelectionSetNode): DocumentSize {
    let total: DocumentSize = NOTHING;
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet === undefined ? NOTHING : selectionSize(selection.selectionSet);
        total = add(
          total,
          plusDirectives(
            {
              depth: below.depth + 1,
              ownFields: 1,
              aliases: below.aliases + (selection.alias === undefined ? 0 : 1),
              fields: below.fields + 1,
              directives: below.directives,
              items: itemsOf(selection, below.items, fragments),
            },
            selection.directives,
          ),
        );
      } else {
        const inside =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selectionSize(selection.selectionSet)
            : fragmentSize(selection.name.value);
        total = add(total, plusDirectives(inside, selection.directives));
      }
    }
    return total;
  }

  let largest = NOTHING;
  for (const definition of document.definitions) {
    const size =
      definition.kind === Kind.OPERATION_DEFINITION
        ? plusDirectives(selectionSize(definition.selectionSet), definition.directives)
        : definition.kind === Kind.FRAGMENT_DEFINITION
          ? fragmentSize(definition.name.value)
          : NOTHING;
    largest = {
      depth: Math.max(largest.depth, size.depth),
      aliases: Math.max(largest.aliases, size.aliases),
      ownFields: Math.max(
        largest.ownFields,
        definition.kind === Kind.OPERATION_DEFINITION ? size.ownFields : 0,
      ),
      fields: Math.max(largest.fields, size.fields),
      directives: Math.max(largest.directives, size.directives),
      items: Math.max(largest.items, size.items),
    };
  }
  return largest;
}

/** The first limit that is broken, in words for the client; undefined when all hold. */
export function brokenLimit(size: DocumentSize, limits: DocumentLimits): string | undefined {
  if (size.depth > limits.maxDepth) return `The operation is nested deeper than ${limits.maxDepth} levels.`;
  if (size.fields > limits.maxFields) return `The operation selects more than ${limits.maxFields} fields.`;
  if (size.aliases > limits.maxAliases) return `The operation has more than ${limits.maxAliases} aliases.`;
  if (size.ownFields > limits.maxRootFields) {
    return `The operation has more than ${limits.maxRootFields} root fields.`;
  }
  if (size.directives > limits.maxDirectives) {
    return `The operation has more than ${limits.maxDirectives} directives.`;
  }
  if (size.items > limits.maxItems) {
    return `The operation can ask for more than ${limits.maxItems} list items; ask for smaller pages inside pages.`;
  }
  return undefined;
}

/** Items that a field adds: those of its own page, each with all that is below it. */
function itemsOf(
  field: FieldNode,
  below: number,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number {
  if (field.selectionSet === undefined || !isPage(field.selectionSet, fragments, new Set())) return below;
  const first = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  const page =
    first === undefined
      ? USUAL_PAGE
      : first.kind === Kind.INT
        ? Math.max(1, Number(first.value))
        : LARGEST_PAGE;
  return page * (1 + below);
}

/** Whether a selection is one of a connection: it asks for `nodes` or `edges`, perhaps through fragments. */
function isPage(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): boolean {
  return selections.some((selection) => {
    if (selection.kind === Kind.FIELD)
      return selection.name.value === 'nodes' || selection.name.value === 'edges';
    if (selection.kind === Kind.INLINE_FRAGMENT) return isPage(selection.selectionSet, fragments, seen);
    const fragment = fragments.get(selection.name.value);
    if (fragment === undefined || seen.has(selection.name.value)) return false;
    seen.add(selection.name.value);
    return isPage(fragment.selectionSet, fragments, seen);
  });
}

const NOTHING: DocumentSize = { depth: 0, aliases: 0, ownFields: 0, fields: 0, directives: 0, items: 0 };
const INFINITE: DocumentSize = {
  depth: Infinity,
  aliases: Infinity,
  ownFields: Infinity,
  fields: Infinity,
  directives: Infinity,
  items: Infinity,
};

function add(a: DocumentSize, b: DocumentSize): DocumentSize {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    ownFields: a.ownFields + b.ownFields,
    fields: a.fields + b.fields,
    directives: a.directives + b.directives,
    items: a.items + b.items,
  };
}

function plusDirectives(size: DocumentSize, directives: readonly unknown[] | undefined): DocumentSize {
  return directives === undefined || directives.length === 0
    ? size
    : { ...size, directives: size.directives + directives.length };
}
