/**
 * Changes of what is taken for arguments and input fields that a client leaves out. graphql-js knows those between two
 * defaults of an argument; it says nothing of input fields, of a default that is new, and calls it dangerous only where a
 * required argument loses its default, which refuses everybody who relied on it.
 */
import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  print,
} from 'graphql';

export interface DefaultChange {
  readonly criticality: 'breaking' | 'dangerous';
  readonly kind:
    | 'ARG_DEFAULT_VALUE_CHANGE'
    | 'ARG_BECAME_REQUIRED'
    | 'INPUT_FIELD_DEFAULT_VALUE_CHANGE'
    | 'INPUT_FIELD_BECAME_REQUIRED'
    | 'INPUT_BECAME_ONE_OF';
  readonly description: string;
  /** `Type.field(name:)`, `@directive(name:)` or `Input.field`; the type for one of whose fields exactly one must be sent. */
  readonly coordinate: string;
}

export function findDefaultChanges(before: GraphQLSchema, after: GraphQLSchema): readonly DefaultChange[] {
  const ofDirectives = before.getDirectives().flatMap(({ name, args }) => {
    const next = after.getDirective(name)?.args ?? [];
    return args.flatMap((argument) => changedArgument(argument, next, `@${name}`));
  });
  const ofTypes = Object.values(before.getTypeMap()).flatMap((type): DefaultChange[] => {
    if (type.name.startsWith('__')) return [];
    const next = after.getType(type.name);
    if (isInputObjectType(type) && isInputObjectType(next)) {
      const fields = Object.values(type.getFields()).flatMap((field) => {
        const { name } = field;
        return changed(
          field,
          next.getFields()[name],
          'INPUT_FIELD',
          `${type.name}.${name}`,
          `${type.name}.${name}`,
        );
      });
      return type.isOneOf || !next.isOneOf ? fields : [...fields, becameOneOf(type.name)];
    }
    if (!(isObjectType(type) || isInterfaceType(type)) || !(isObjectType(next) || isInterfaceType(next))) {
      return [];
    }
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.flatMap((argument) =>
        changedArgument(argument, next.getFields()[field.name]?.args ?? [], `${type.name}.${field.name}`),
      ),
    );
  });
  return [...ofTypes, ...ofDirectives];
}

/** @param of what it is an argument of: `Type.field`, or `@directive`. */
function changedArgument(
  before: GraphQLArgument,
  after: readonly GraphQLArgument[],
  of: string,
): DefaultChange[] {
  const { name } = before;
  const same = after.find((each) => each.name === name);
  return changed(before, same, 'ARG', `${of}(${name}:)`, `${of} arg ${name}`);
}

interface Taken {
  readonly type: GraphQLInputType;
  readonly defaultValue?: unknown;
}

function changed(
  before: Taken,
  after: Taken | undefined,
  what: 'ARG' | 'INPUT_FIELD',
  coordinate: string,
  name: string,
): DefaultChange[] {
  if (after === undefined) return [];
  const [was, is] = [defaultOf(before), defaultOf(after)];
  if (was === is) return [];
  if (was !== undefined && is === undefined && isNonNullType(after.type)) {
    return [
      {
        criticality: 'breaking',
        kind: `${what}_BECAME_REQUIRED`,
        description: `${name} has no default any more (${was} so far) and must be sent.`,
        coordinate,
      },
    ];
  }
  const description =
    was === undefined
      ? `${name} has the defaultValue ${is} now.`
      : is === undefined
        ? `${name} defaultValue was removed.`
        : `${name} has changed defaultValue from ${was} to ${is}.`;
  return [{ criticality: 'dangerous', kind: `${what}_DEFAULT_VALUE_CHANGE`, description, coordinate }];
}

function defaultOf({ type, defaultValue }: Taken): string | undefined {
  const value = defaultValue === undefined ? undefined : astFromValue(sorted(defaultValue), type);
  return value ? print(value) : undefined;
}

/** In which order somebody wrote the fields of a default tells nobody anything. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}

function becameOneOf(name: string): DefaultChange {
  return {
    criticality: 'breaking',
    kind: 'INPUT_BECAME_ONE_OF',
    description: `Exactly one field of input type ${name} must be sent now.`,
    coordinate: name,
  };
}
