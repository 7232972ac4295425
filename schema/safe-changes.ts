/** Changes that no client can stumble over, for a reader who wants to know what is new. */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';

export interface SafeChange {
  readonly kind:
    | 'TYPE_ADDED'
    | 'FIELD_ADDED'
    | 'FIELD_BECAME_NON_NULL'
    | 'INPUT_BECAME_NULLABLE'
    | 'DEPRECATED'
    | 'DEPRECATION_ENDED';
  readonly description: string;
}

export function findSafeChanges(before: GraphQLSchema, after: GraphQLSchema): readonly SafeChange[] {
  const ofTypes = Object.values(after.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type) => {
      const known = before.getType(type.name);
      return known === undefined
        ? [{ kind: 'TYPE_ADDED' as const, description: `${type.name} was added.` }]
        : changesOfType(known, type);
    });
  const ofDirectives = after
    .getDirectives()
    .flatMap(({ name, args }) => changesOfArguments(`@${name}`, before.getDirective(name)?.args ?? [], args));
  return [...ofTypes, ...ofDirectives];
}

function changesOfType(before: GraphQLNamedType, after: GraphQLNamedType): SafeChange[] {
  if (isEnumType(before) && isEnumType(after)) {
    return after.getValues().flatMap((value) => {
      const known = before.getValue(value.name);
      return known ? deprecation(`${after.name}.${value.name}`, known, value) : [];
    });
  }
  if (isInputObjectType(before) && isInputObjectType(after)) {
    return Object.values(after.getFields()).flatMap((field) => {
      const known = before.getFields()[field.name];
      return known ? changesOfInput(`${after.name}.${field.name}`, known, field) : [];
    });
  }
  if (
    !(isObjectType(before) || isInterfaceType(before)) ||
    !(isObjectType(after) || isInterfaceType(after))
  ) {
    return [];
  }
  return Object.values(after.getFields()).flatMap((field) => {
    const coordinate = `${after.name}.${field.name}`;
    const known = before.getFields()[field.name];
    if (known === undefined) {
      return [{ kind: 'FIELD_ADDED', description: `${coordinate} of type ${field.type} was added.` }];
    }
    return [
      ...nullability(coordinate, known, field),
      ...deprecation(coordinate, known, field),
      ...changesOfArguments(coordinate, known.args, field.args),
    ];
  });
}

function changesOfArguments(
  coordinate: string,
  before: readonly GraphQLArgument[],
  after: readonly GraphQLArgument[],
): SafeChange[] {
  return after.flatMap((argument) => {
    const same = before.find(({ name }) => name === argument.name);
    return same ? changesOfInput(`${coordinate} arg ${argument.name}`, same, argument) : [];
  });
}

function nullability(
  coordinate: string,
  { type: before }: GraphQLField<unknown, unknown>,
  { type: after }: GraphQLField<unknown, unknown>,
): SafeChange[] {
  if (!isLessNull(after, before)) return [];
  const isWhole = isNonNullType(after) && String(after.ofType) === String(before);
  const description = isWhole
    ? `${coordinate} is never null any more.`
    : `${coordinate} is ${after} now, with null in fewer places than ${before}.`;
  return [{ kind: 'FIELD_BECAME_NON_NULL', description }];
}

function changesOfInput(coordinate: string, before: Input, after: Input): SafeChange[] {
  const widened = isLessNull(before.type, after.type)
    ? [
        {
          kind: 'INPUT_BECAME_NULLABLE' as const,
          description: `${coordinate} takes ${after.type} now, not only ${before.type}.`,
        },
      ]
    : [];
  return [...widened, ...deprecation(coordinate, before, after)];
}

interface Input extends Deprecable {
  readonly type: GraphQLType;
}

/** The same type, with null in fewer places. */
export function isLessNull(one: GraphQLType, other: GraphQLType): boolean {
  const [left, right] = [String(one), String(other)];
  if (left === right || left.replaceAll('!', '') !== right.replaceAll('!', '')) return false;
  return strictAs(one, other);
}

/** At every depth where the other one is never null, this one is not either. */
function strictAs(one: GraphQLType, other: GraphQLType): boolean {
  if (isNonNullType(other)) return isNonNullType(one) && strictAs(one.ofType, other.ofType);
  if (isNonNullType(one)) return strictAs(one.ofType, other);
  return isListType(one) && isListType(other) ? strictAs(one.ofType, other.ofType) : true;
}

interface Deprecable {
  readonly deprecationReason?: string | null | undefined;
}

function deprecation(coordinate: string, before: Deprecable, after: Deprecable): SafeChange[] {
  const [was, is] = [before.deprecationReason ?? undefined, after.deprecationReason ?? undefined];
  if (was === is) return [];
  return is === undefined
    ? [{ kind: 'DEPRECATION_ENDED', description: `${coordinate} is not deprecated any more.` }]
    : [{ kind: 'DEPRECATED', description: `${coordinate} is deprecated: ${is}` }];
}
