/**
 * Moves a client's response names out of the way of the fields that federation itself reads (see
 * `machine-fields.ts`). The planner and the subgraphs see the moved names; shaping and error paths put the
 * client's own back.
 */
import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';

export interface MovedAliases {
  /** For the planner. The same object where no name had to move. */
  readonly document: DocumentNode;
  /** The key under which subgraphs' data has a client's response name. */
  dataKey(responseName: string): string;
  /** The client's response name for a key of subgraphs' data. */
  responseName(dataKey: string): string;
}

export function moveAliases(document: DocumentNode, reserved: ReadonlySet<string>): MovedAliases {
  const taken = new Set<string>();
  const moving = new Set<string>();
  visit(document, {
    Field(field) {
      const name = responseNameOf(field);
      taken.add(name);
      if (reserved.has(name) && !isPlain(field)) moving.add(name);
    },
  });
  if (moving.size === 0) return { document, dataKey: same, responseName: same };
  const moved = new Map<string, string>();
  for (const name of moving) {
    let candidate = `${name}__client`;
    while (taken.has(candidate) || reserved.has(candidate)) candidate += '_';
    taken.add(candidate);
    moved.set(name, candidate);
  }
  const back = new Map([...moved].map(([from, to]) => [to, from]));
  return {
    // A name moves everywhere in the document: two fields of one response name have to stay one.
    document: visit(document, {
      Field(field) {
        const to = moved.get(responseNameOf(field));
        return to === undefined ? undefined : { ...field, alias: { kind: Kind.NAME, value: to } };
      },
    }),
    dataKey: (responseName) => moved.get(responseName) ?? responseName,
    responseName: (dataKey) => back.get(dataKey) ?? dataKey,
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
