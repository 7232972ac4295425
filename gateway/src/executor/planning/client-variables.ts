/**
 * Moves a client's variables out of the way of those by which the planner has entities and contexts sent: a client's
 * `$representations` would be sent the gateway's own.
 */
import { Kind, type OperationDefinitionNode, visit } from 'graphql';
import { type IsolatedOperation, isolateOperation } from './operation.ts';

type Values = Readonly<Record<string, unknown>>;

export interface MovedVariables {
  /** For the planner and whatever follows from its plan. The same object where no name had to move. */
  readonly isolated: IsolatedOperation;
  /** A request's values under the names that they have there. */
  values(given: Values): Values;
}

export function moveVariables(isolated: IsolatedOperation): MovedVariables {
  const names = (isolated.operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  const moving = names.filter(isReserved);
  if (moving.length === 0) return { isolated, values: (given) => given };
  const moved = new Map<string, string>();
  for (const name of moving) {
    let candidate = `client_${name}`;
    while (names.includes(candidate)) candidate += '_';
    moved.set(name, candidate);
  }
  const document = visit(isolated.document, {
    Variable(variable) {
      const value = moved.get(variable.name.value);
      return value === undefined ? undefined : { ...variable, name: { kind: Kind.NAME, value } };
    },
  });
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (operation === undefined) throw new TypeError('an isolated document has one operation');
  return {
    isolated: isolateOperation(document, operation),
    values: (given) =>
      Object.fromEntries(Object.entries(given).map(([name, value]) => [moved.get(name) ?? name, value])),
  };
}

/** As @apollo/query-planner and @apollo/query-graphs call theirs. */
function isReserved(name: string): boolean {
  return name === 'representations' || name.startsWith('contextualArgument_');
}
