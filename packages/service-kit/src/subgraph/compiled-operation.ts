/**
 * Operations compiled to JavaScript by graphql-jit: the same answers as graphql-js in a fraction of its time,
 * for documents that are run again and again.
 *
 * graphql-jit differs from graphql-js in how it reads variables and nested literals, and it writes literals
 * into the code it generates. Therefore it never sees text of a client's: only documents whose arguments are
 * variables, whole numbers, booleans or null are compiled, and graphql-js reads the variables. Everything else,
 * and every mutation, stays with graphql-js. Only resolvers may return promises, which holds for our schemas:
 * generated types allow them nowhere else.
 */
import {
  BREAK,
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLNamedType,
  GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isEnumType,
  isInputObjectType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  OperationTypeNode,
  type TypeNode,
  visit,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';

export interface OperationInput {
  readonly contextValue: unknown;
  readonly variableValues: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

export type RunOperation = (input: OperationInput) => ExecutionResult | Promise<ExecutionResult>;

/** By graphql-js, field by field. */
export function interpreted(schema: GraphQLSchema, document: DocumentNode): RunOperation {
  return (input) => execute({ schema, document, ...input });
}

/** @param document valid. @returns undefined when it has to be interpreted. */
export function compiled(schema: GraphQLSchema, document: DocumentNode): RunOperation | undefined {
  const operation = getOperationAST(document);
  if (operation?.operation !== OperationTypeNode.QUERY || !isCompilable(schema, document)) return undefined;
  const query = compileQuery(schema, document, operation.name?.value, {
    disablingCapturingStackErrors: true,
  });
  if (!isCompiledQuery(query)) return undefined;
  const interpret = interpreted(schema, document);
  return (input) => {
    // It is graphql-js that says what is wrong with a name or a variable.
    if (input.operationName !== undefined && input.operationName !== operation.name?.value) {
      return interpret(input);
    }
    const variables = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      input.variableValues ?? {},
    );
    return variables.errors === undefined
      ? query.query(undefined, input.contextValue, variables.coerced)
      : variables;
  };
}

const SAFE_LITERALS: ReadonlySet<Kind> = new Set([Kind.VARIABLE, Kind.INT, Kind.BOOLEAN, Kind.NULL]);

function isCompilable(schema: GraphQLSchema, document: DocumentNode): boolean {
  let compilable = true;
  const refuse = () => {
    compilable = false;
    return BREAK;
  };
  visit(document, {
    Directive: refuse,
    Argument: ({ value }) => (SAFE_LITERALS.has(value.kind) ? undefined : refuse()),
    // `__proto__` as a key of generated code would mean something else.
    Name: ({ value }) => (value.startsWith('__') && value !== '__typename' ? refuse() : undefined),
    VariableDefinition: ({ defaultValue, type }) => {
      const isSafe = defaultValue === undefined || SAFE_LITERALS.has(defaultValue.kind);
      return isSafe && isReadAsIs(schema, type) ? undefined : refuse();
    },
  });
  return compilable;
}

/** Generated code reads a variable once more after graphql-js; this says that reading again changes nothing. */
function isReadAsIs(schema: GraphQLSchema, typeNode: TypeNode): boolean {
  const seen = new Set<GraphQLNamedType>();
  const check = (type: GraphQLNamedType | undefined): boolean => {
    if (type === undefined) return false;
    if (seen.has(type) || isSpecifiedScalarType(type)) return true;
    seen.add(type);
    if (isScalarType(type)) return type.parseValue === PLAIN_SCALAR.parseValue;
    if (isEnumType(type)) return type.getValues().every(({ name, value }) => name === value);
    return (
      isInputObjectType(type) &&
      Object.values(type.getFields()).every((field) => check(getNamedType(field.type)))
    );
  };
  return check(schema.getType(nameOf(typeNode)));
}

/** What a scalar is that nobody has given a meaning. */
const PLAIN_SCALAR = new GraphQLScalarType({ name: 'Plain' });

function nameOf(node: TypeNode): string {
  return node.kind === Kind.NAMED_TYPE ? node.name.value : nameOf(node.type);
}
