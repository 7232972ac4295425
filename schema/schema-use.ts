/** Which parts of a schema an operation touches: what it selects, and what it sends or may send. */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isUnionType,
  Kind,
  type ObjectValueNode,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';

export interface SchemaUse {
  /** What is selected and what is sent, as `Type.field`, of output and of input types. */
  readonly fields: ReadonlySet<string>;
  /** Fields that may be answered: what is selected, and of an interface's field the same of each object behind it. */
  readonly answered: ReadonlySet<string>;
  /** Types of what is answered, and input types of what is sent. */
  readonly types: ReadonlySet<string>;
  /** Arguments that are sent, as `Type.field(name:)` or `@directive(name:)`. */
  readonly arguments: ReadonlySet<string>;
  /** Arguments and input fields that are left out, or may be: there a default is in force. */
  readonly leftOut: ReadonlySet<string>;
  /** Arguments and input fields that are sent as null, or may be. */
  readonly nullable: ReadonlySet<string>;
  /** Enum values that are written into the operation, as `Enum.VALUE`. */
  readonly values: ReadonlySet<string>;
  /** Names, without the `@`. */
  readonly directives: ReadonlySet<string>;
}

/** Of what a variable may carry every field and value counts: the client may send any of them, and leave any out. */
export function schemaUse(schema: GraphQLSchema, document: DocumentNode): SchemaUse {
  const fields = new Set<string>();
  const answered = new Set<string>();
  const types = new Set<string>();
  const sent = new Set<string>();
  const leftOut = new Set<string>();
  const nullable = new Set<string>();
  const values = new Set<string>();
  const directives = new Set<string>();
  const { optional, mayBeNull } = variablesOf(document);

  /** @param mayBeSent all that is in it, by a variable. */
  function touch(type: GraphQLNamedType | undefined, mayBeSent = false): void {
    if (type === undefined || (types.has(type.name) && !mayBeSent)) return;
    types.add(type.name);
    if (!isInputObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      if (fields.has(coordinate) && leftOut.has(coordinate)) continue;
      fields.add(coordinate);
      leftOut.add(coordinate);
      nullable.add(coordinate);
      touch(getNamedType(field.type), true);
    }
  }

  const isLeftOut = (value: ValueNode | undefined): boolean =>
    value === undefined || (value.kind === Kind.VARIABLE && optional.has(value.name.value));

  const isNullable = (value: ValueNode | undefined): boolean =>
    value?.kind === Kind.NULL || (value?.kind === Kind.VARIABLE && mayBeNull.has(value.name.value));

  function touchObject(type: GraphQLNamedType | undefined, node: ObjectValueNode): void {
    if (!isInputObjectType(type)) return;
    types.add(type.name);
    const given = new Map(node.fields.map(({ name, value }) => [name.value, value]));
    for (const name of Object.keys(type.getFields())) {
      if (given.has(name)) fields.add(`${type.name}.${name}`);
      if (isLeftOut(given.get(name))) leftOut.add(`${type.name}.${name}`);
      if (isNullable(given.get(name))) nullable.add(`${type.name}.${name}`);
    }
  }

  function touchArgument(coordinate: string, value: ValueNode | undefined): void {
    if (value !== undefined) sent.add(coordinate);
    if (isLeftOut(value)) leftOut.add(coordinate);
    if (isNullable(value)) nullable.add(coordinate);
  }

  const info = new TypeInfo(schema);

  function touchField(node: FieldNode): void {
    const parent = info.getParentType();
    const field = info.getFieldDef();
    if (!parent || !field) return;
    touch(parent);
    touch(getNamedType(field.type));
    fields.add(`${parent.name}.${field.name}`);
    const given = new Map((node.arguments ?? []).map(({ name, value }) => [name.value, value]));
    for (const type of [parent, ...behind(schema, parent)]) {
      const coordinate = `${type.name}.${field.name}`;
      answered.add(coordinate);
      for (const name of given.keys()) sent.add(`${coordinate}(${name}:)`);
      const { args = [] } = isUnionType(type) ? field : (type.getFields()[field.name] ?? {});
      for (const { name } of args) touchArgument(`${coordinate}(${name}:)`, given.get(name));
    }
  }

  function touchDirective({ name: { value: directive }, arguments: given = [] }: DirectiveNode): void {
    directives.add(directive);
    const values = new Map(given.map(({ name, value }) => [name.value, value]));
    for (const { name } of schema.getDirective(directive)?.args ?? []) {
      touchArgument(`@${directive}(${name}:)`, values.get(name));
    }
  }

  visit(
    document,
    visitWithTypeInfo(info, {
      Directive: touchDirective,
      Field: touchField,
      ObjectValue: (node) => touchObject(getNamedType(info.getInputType() ?? undefined), node),
      EnumValue: ({ value }) => {
        const type = getNamedType(info.getInputType() ?? undefined);
        if (isEnumType(type)) values.add(`${type.name}.${value}`);
      },
      // Of a condition, or of a variable.
      NamedType: (node) => touch(schema.getType(node.name.value), true),
    }),
  );
  return { fields, answered, types, arguments: sent, leftOut, nullable, values, directives };
}

/** What may be answered where an interface or a union is asked for. */
function behind(schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

interface Variables {
  /** Those that stand for nothing where the client leaves them out. */
  readonly optional: ReadonlySet<string>;
  readonly mayBeNull: ReadonlySet<string>;
}

function variablesOf({ definitions }: DocumentNode): Variables {
  const nullable = definitions
    .flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
    )
    .filter(({ type }) => type.kind !== Kind.NON_NULL_TYPE);
  const names = (those: typeof nullable) => new Set(those.map(({ variable }) => variable.name.value));
  return {
    optional: names(nullable.filter(({ defaultValue }) => defaultValue === undefined)),
    mayBeNull: names(nullable),
  };
}
