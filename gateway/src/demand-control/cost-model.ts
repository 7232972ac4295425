/**
 * What the fields of a supergraph cost: `@cost` and `@listSize` of IBM's GraphQL cost directives specification, with the
 * defaults of Apollo Router. An object costs 1 and a leaf nothing unless a weight says otherwise; a weight on a
 * field stands for that of its type; an input object costs 1 and an argument nothing; a mutation costs 10 more. Of an
 * interface or union the most expensive object behind it counts, and of an interface's field the most expensive
 * implementation: weights that subgraphs put on objects are not lost where clients ask for them by an abstract type.
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
  /** Arguments that say how many items are asked for; `input.page.first` for a field of an input object. */
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
  /** By interface and union: the objects behind it. */
  const behind = new Map<string, string[]>();
  const inputTypes = new Map<string, ReadonlyMap<string, InputCost>>();
  for (const definition of supergraph.definitions) {
    switch (definition.kind) {
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        inputTypes.set(definition.name.value, inputs(definition.fields));
        break;
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.UNION_TYPE_DEFINITION: {
        const { name, directives } = definition;
        typeWeights.set(name.value, weightIn(directives) ?? 1);
        if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
          behind.set(name.value, definition.types?.map((type) => type.name.value) ?? []);
        } else if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
          for (const type of definition.interfaces ?? []) {
            behind.set(type.name.value, [...(behind.get(type.name.value) ?? []), name.value]);
          }
        }
        break;
      }
      case Kind.ENUM_TYPE_DEFINITION:
      case Kind.SCALAR_TYPE_DEFINITION:
        typeWeights.set(definition.name.value, weightIn(definition.directives) ?? 0);
    }
  }

  for (const [abstract, objects] of behind) {
    const weights = [abstract, ...objects].map((name) => typeWeights.get(name) ?? 1);
    typeWeights.set(abstract, Math.max(...weights));
  }

  const fields = new Map<string, FieldCost>();
  const ofInterfaces: { readonly type: string; readonly name: string }[] = [];
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
      if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        ofInterfaces.push({ type: definition.name.value, name: field.name.value });
      }
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
  for (const { type, name } of ofInterfaces) {
    const coordinate = `${type}.${name}`;
    const implemented = (behind.get(type) ?? []).flatMap((object) => fields.get(`${object}.${name}`) ?? []);
    fields.set(coordinate, mostExpensive(fields.get(coordinate) as FieldCost, implemented));
  }
  return {
    field: (type, name) => fields.get(`${type}.${name}`),
    typeWeight: (type) => typeWeights.get(type) ?? 0,
    inputFields: (type) => inputTypes.get(type),
  };
}

/** A field of an interface that any of its implementations may answer. What is said of the interface itself comes first. */
function mostExpensive(declared: FieldCost, implemented: readonly FieldCost[]): FieldCost {
  const heavier = implemented.filter(({ hasOwnWeight, weight }) => hasOwnWeight && weight > declared.weight);
  // Where they differ nothing is known. An argument that the interface does not have cannot be asked for.
  const sizes = implemented.flatMap(({ listSize }) => listSize ?? []);
  const only = sizes.length === 1 && sizes[0] ? { ...sizes[0], requireOneSlicingArgument: false } : undefined;
  return {
    ...declared,
    ...(heavier.length > 0 && {
      weight: Math.max(...heavier.map(({ weight }) => weight)),
      hasOwnWeight: true,
    }),
    listSize: declared.listSize ?? only,
    requires: [...declared.requires, ...implemented.flatMap(({ requires }) => requires)],
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
