/** Changes that no client can stumble over, for a reader who wants to know what is new. */
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';

export interface SafeChange {
  readonly kind: 'TYPE_ADDED' | 'FIELD_ADDED' | 'FIELD_BECAME_NON_NULL' | 'DEPRECATED' | 'DEPRECATION_ENDED';
  readonly description: string;
}

export function findSafeChanges(before: GraphQLSchema, after: GraphQLSchema): readonly SafeChange[] {
  return Object.values(after.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type) => {
      const known = before.getType(type.name);
      return known === undefined
        ? [{ kind: 'TYPE_ADDED' as const, description: `${type.name} was added.` }]
        : changesOfType(known, type);
    });
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
      return known ? deprecation(`${after.name}.${field.name}`, known, field) : [];
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
    return [...nullability(coordinate, known, field), ...deprecation(coordinate, known, field)];
  });
}

function nullability(
  coordinate: string,
  { type: before }: GraphQLField<unknown, unknown>,
  { type: after }: GraphQLField<unknown, unknown>,
): SafeChange[] {
  return isNonNullType(after) && String(after.ofType) === String(before)
    ? [{ kind: 'FIELD_BECAME_NON_NULL', description: `${coordinate} is never null any more.` }]
    : [];
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
