/**
 * What the fields of a supergraph cost: `@cost` and `@listSize` of IBM's GraphQL cost directives specification, with the
 * defaults of Apollo Router. An object costs 1 and a leaf nothing unless a weight says otherwise; a weight on a
 * field stands for that of its type; an input object costs 1 and an argument nothing; a mutation costs 10 more.
 */
import {
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  type SelectionSetNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { argumentOf, requiresOf } from '../executor/supergraph/join-directives.ts';
import { linkedDirectiveName } from '../executor/supergraph/linked-directives.ts';

export const MUTATION_COST = 10;

export interface ListSize {
  readonly assumedSize: number | undefined;
  /** Arguments that say how many items are asked for. */
  readonly slicingArguments: readonly string[];
  /** Fields of the returned object that have the size; empty: the field itself has. */
  readonly sizedFields: ReadonlySet<string>;
  readonly requireOneSlicingArgument: boolean;
}

export interface InputCost {
  readonly weight: number | undefined;
  /** Of one item, where it is a list. */
  readonly typeName: string;
  readonly defaultValue: unknown;
}

export interface FieldCost {
  /** Of one object or value. */
  readonly weight: number;
  /** False where the weight is that of the type: an object's own type may then say more. */
  readonly hasOwnWeight: boolean;
  readonly typeName: string;
  readonly isList: boolean;
  readonly listSize: ListSize | undefined;
  readonly arguments: ReadonlyMap<string, InputCost>;
  /** Fields that subgraphs fetch to compute this one. */
  readonly requires: readonly SelectionSetNode[];
}

export interface CostModel {
  /** @param type object or interface. */
  field(type: string, name: string): FieldCost | undefined;
  /** Of one object of the type. */
  typeWeight(type: string): number;
  /** Fields of an input object; undefined for other types. */
  inputFields(type: string): ReadonlyMap<string, InputCost> | undefined;
}

export function costModel(supergraph: DocumentNode): CostModel {
  const cost = linkedDirectiveName(supergraph, 'cost', 'cost');
  const listSize = linkedDirectiveName(supergraph, 'cost', 'listSize');
  const weightIn = (directives: readonly ConstDirectiveNode[] | undefined): number | undefined => {
    const given = numberOf(plainValue(named(directives, cost), 'weight'));
    // A negative weight would let one field pay for another.
    return given === undefined ? undefined : Math.max(0, given);
  };
  const inputs = (values: readonly InputValueDefinitionNode[] | undefined) =>
    new Map(
      (values ?? []).map(({ name, type, directives, defaultValue }): [string, InputCost] => [
        name.value,
        {
          weight: weightIn(directives),
          typeName: nameOf(type),
          defaultValue: defaultValue === undefined ? undefined : valueFromASTUntyped(defaultValue),
        },
      ]),
    );

  const typeWeights = new Map<string, number>();
  const inputTypes = new Map<string, ReadonlyMap<string, InputCost>>();
  for (const definition of supergraph.definitions) {
    switch (definition.kind) {
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        inputTypes.set(definition.name.value, inputs(definition.fields));
        break;
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.UNION_TYPE_DEFINITION:
        typeWeights.set(definition.name.value, weightIn(definition.directives) ?? 1);
        break;
      case Kind.ENUM_TYPE_DEFINITION:
      case Kind.SCALAR_TYPE_DEFINITION:
        typeWeights.set(definition.name.value, weightIn(definition.directives) ?? 0);
    }
  }

  const fields = new Map<string, FieldCost>();
  for (const definition of supergraph.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    ) {
      continue;
    }
    for (const field of definition.fields ?? []) {
      const typeName = nameOf(field.type);
      const own = weightIn(field.directives);
      fields.set(`${definition.name.value}.${field.name.value}`, {
        weight: own ?? typeWeights.get(typeName) ?? 0,
        hasOwnWeight: own !== undefined,
        typeName,
        isList: isList(field.type),
        listSize: listSizeIn(named(field.directives, listSize)),
        arguments: inputs(field.arguments),
        requires: (field.directives ?? []).flatMap(requirementOf),
      });
    }
  }
  return {
    field: (type, name) => fields.get(`${type}.${name}`),
    typeWeight: (type) => typeWeights.get(type) ?? 0,
    inputFields: (type) => inputTypes.get(type),
  };
}

function listSizeIn(directive: ConstDirectiveNode | undefined): ListSize | undefined {
  if (directive === undefined) return undefined;
  return {
    assumedSize: numberOf(plainValue(directive, 'assumedSize')),
    slicingArguments: textsOf(plainValue(directive, 'slicingArguments')),
    sizedFields: new Set(textsOf(plainValue(directive, 'sizedFields'))),
    requireOneSlicingArgument: plainValue(directive, 'requireOneSlicingArgument') !== false,
  };
}

function requirementOf(directive: ConstDirectiveNode): SelectionSetNode[] {
  const fields = requiresOf(directive)?.value;
  if (fields?.kind !== Kind.STRING) return [];
  const [operation] = parse(`{${fields.value}}`, { noLocation: true }).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? [operation.selectionSet] : [];
}

function named(directives: readonly ConstDirectiveNode[] | undefined, name: string | undefined) {
  return name === undefined ? undefined : directives?.find((directive) => directive.name.value === name);
}

function plainValue(directive: ConstDirectiveNode | undefined, argument: string): unknown {
  const value = argumentOf(directive, argument)?.value as ConstValueNode | undefined;
  return value === undefined ? undefined : valueFromASTUntyped(value);
}

/** The specification writes weights as text, Apollo as numbers. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

function isList(type: TypeNode): boolean {
  return type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type));
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
