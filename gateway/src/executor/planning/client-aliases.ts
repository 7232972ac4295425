/**
 * Moves a client's response names out of the way of the fields that federation itself reads (see
 * `machine-fields.ts`), and out of each other's way (see `ambiguous-names.ts`). The planner and the subgraphs see the
 * moved names; shaping and error paths put the client's own back.
 */
import { type DocumentNode, type FieldNode, type GraphQLSchema, Kind, visit } from 'graphql';
import { ambiguousNames, fieldText } from './ambiguous-names.ts';

export interface MovedAliases {
  /** For the planner. The same object where no name had to move. */
  readonly document: DocumentNode;
  /** The key under which subgraphs' data has a field of the client's, by its response name. */
  dataKey(responseName: string, field: FieldNode): string;
  /** The client's response name for a key of subgraphs' data. */
  responseName(dataKey: string): string;
}

/** @param document of one operation. @param schema that clients see. */
export function moveAliases(
  document: DocumentNode,
  reserved: ReadonlySet<string>,
  schema: GraphQLSchema,
): MovedAliases {
  const taken = new Set<string>();
  const moving = new Set<string>();
  visit(document, {
    Field(field) {
      const name = responseNameOf(field);
      taken.add(name);
      if (reserved.has(name) && !isPlain(field)) moving.add(name);
    },
  });
  const ambiguous = ambiguousNames(document, schema);
  if (moving.size === 0 && ambiguous.size === 0) {
    return { document, dataKey: (responseName) => responseName, responseName: same };
  }
  const back = new Map<string, string>();
  const free = (name: string): string => {
    let candidate = `${name}__client`;
    while (taken.has(candidate) || reserved.has(candidate)) candidate += '_';
    taken.add(candidate);
    back.set(candidate, name);
    return candidate;
  };
  const moved = new Map([...moving].filter((name) => !ambiguous.has(name)).map((name) => [name, free(name)]));
  /** By the name and then the field: one that may stay where it is has its own name. */
  const apart = new Map([...ambiguous].map((name) => [name, new Map<string, string>()]));
  const dataKey = (responseName: string, field: FieldNode): string => {
    const known = apart.get(responseName);
    if (known === undefined) return moved.get(responseName) ?? responseName;
    const text = fieldText(field);
    const key =
      known.get(text) ?? (known.size === 0 && !moving.has(responseName) ? responseName : free(responseName));
    known.set(text, key);
    return key;
  };
  return {
    // A name moves everywhere in the document: two fields of one response name have to stay one.
    document: visit(document, {
      Field(field) {
        const name = responseNameOf(field);
        const to = dataKey(name, field);
        return to === name ? undefined : { ...field, alias: { kind: Kind.NAME, value: to } };
      },
    }),
    dataKey,
    responseName: (key) => back.get(key) ?? key,
  };
}

/** A field under its own name and without arguments is the very one the machinery asks for. */
function isPlain(field: FieldNode): boolean {
  return (
    (field.alias === undefined || field.alias.value === field.name.value) &&
    (field.arguments === undefined || field.arguments.length === 0)
  );
}

function responseNameOf(field: FieldNode): string {
  return (field.alias ?? field.name).value;
}

function same(name: string): string {
  return name;
}
