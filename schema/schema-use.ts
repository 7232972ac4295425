/** Which parts of a schema an operation touches: what it selects, and what its variables may carry. */
import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

export interface SchemaUse {
  /** Coordinates as `Type.field`, of output and of input types. */
  readonly fields: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  /** Arguments that are sent, as `Type.field(name:)`. */
  readonly arguments: ReadonlySet<string>;
  /** Names, without the `@`. */
  readonly directives: ReadonlySet<string>;
}

/** Input types count with all their fields: a client may send any of them through a variable. */
export function schemaUse(schema: GraphQLSchema, document: DocumentNode): SchemaUse {
  const fields = new Set<string>();
  const types = new Set<string>();
  const sent = new Set<string>();
  const directives = new Set<string>();

  function touch(type: GraphQLNamedType | undefined): void {
    if (type === undefined || types.has(type.name)) return;
    types.add(type.name);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      fields.add(`${type.name}.${field.name}`);
      touch(getNamedType(field.type));
    }
  }

  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Directive: ({ name }) => void directives.add(name.value),
      Field: (node) => {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        if (!parent || !field) return;
        touch(parent);
        fields.add(`${parent.name}.${field.name}`);
        touch(getNamedType(field.type));
        for (const { name } of node.arguments ?? []) sent.add(`${parent.name}.${field.name}(${name.value}:)`);
        for (const argument of field.args) touch(getNamedType(argument.type));
      },
      NamedType: (node) => touch(schema.getType(node.name.value)),
    }),
  );
  return { fields, types, arguments: sent, directives };
}
