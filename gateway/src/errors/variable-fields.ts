/**
 * Which input an error about a variable is about. graphql-js puts the path into its message and nowhere else; the
 * message also repeats the client's value, so reading it back could be fooled. The path is worked out again, from
 * the same coercion, and only when there is an error. Pure.
 */
import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';

/** Whether an error is about the value of a variable. */
export function isVariableError(error: GraphQLError | undefined): boolean {
  return error?.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION;
}

/**
 * The dotted path of every variable error, e.g. `first` or `input.events.3.type`, in the order in which
 * graphql-js reports them.
 */
export function variableFields(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): readonly string[] {
  return (operation.variableDefinitions ?? []).flatMap(({ variable, type: typeNode, defaultValue }) => {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode) as GraphQLInputType | undefined;
    if (!isInputType(type)) return [name];
    const given = Object.hasOwn(variables, name);
    if (!given && defaultValue !== undefined) return [];
    const value = variables[name];
    if (value === undefined || value === null) return isNonNullType(type) ? [name] : [];
    const fields: string[] = [];
    coerceInputValue(value, type, (path) => fields.push([name, ...path].join('.')));
    return fields;
  });
}
