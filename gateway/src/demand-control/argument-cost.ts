/** Arguments of a field: what they cost, and how many items they ask for. Pure. */

import { MarqueeError } from '@marquee/service-kit';
import { type FieldNode, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { CostModel, FieldCost, InputCost, ListSize } from './cost-model.ts';

export type Variables = Readonly<Record<string, unknown>>;

export function argumentsCost(
  model: CostModel,
  { arguments: definitions }: FieldCost,
  field: FieldNode,
  variables: Variables,
): number {
  let cost = 0;
  for (const { name, value } of field.arguments ?? []) {
    const definition = definitions.get(name.value);
    if (definition !== undefined) cost += inputCost(model, definition, plainValue(value, variables));
  }
  return cost;
}

function inputCost(model: CostModel, definition: InputCost, value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value)) {
    return value.reduce<number>(
      (cost, item) => cost + inputCost(model, definition, item),
      definition.weight ?? 0,
    );
  }
  const fields = model.inputFields(definition.typeName);
  if (fields === undefined || typeof value !== 'object') {
    return definition.weight ?? model.typeWeight(definition.typeName);
  }
  let cost = definition.weight ?? 1;
  for (const [name, given] of Object.entries(value)) {
    const field = fields.get(name);
    if (field !== undefined) cost += inputCost(model, field, given);
  }
  return cost;
}

/**
 * The items that a field is asked for; undefined where nothing says so.
 * @param requiresSlices whether exactly one argument must say so where the schema wants that; else the largest counts.
 * @throws MarqueeError BAD_USER_INPUT where one must, and none or several do.
 */
export function slicedSize(
  model: CostModel,
  { assumedSize, slicingArguments, requireOneSlicingArgument }: ListSize,
  definition: FieldCost,
  field: FieldNode,
  variables: Variables,
  requiresSlices: boolean,
): number | undefined {
  const sizes = slicingArguments.flatMap((name) => {
    const size = sliceAt(model, name, definition, field, variables);
    return size === undefined ? [] : [Math.max(0, size)];
  });
  if (requiresSlices && slicingArguments.length > 0 && requireOneSlicingArgument && sizes.length !== 1) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `${field.name.value} needs exactly one of ${slicingArguments.join(', ')}; it has ${sizes.length}.`,
      field: slicingArguments.join(', '),
    });
  }
  return sizes.length === 0 ? assumedSize : Math.max(...sizes);
}

/** @param path of an argument, or through it to a field of an input object. */
function sliceAt(
  model: CostModel,
  path: string,
  definition: FieldCost,
  field: FieldNode,
  variables: Variables,
): number | undefined {
  const [name = '', ...inside] = path.split('.');
  const given = field.arguments?.find((argument) => argument.name.value === name)?.value;
  let input = definition.arguments.get(name);
  let value = valueOr(given === undefined ? undefined : plainValue(given, variables), input);
  for (const part of inside) {
    if (value === null || typeof value !== 'object') return undefined;
    input = input && model.inputFields(input.typeName)?.get(part);
    value = valueOr(Object.hasOwn(value, part) ? (value as Variables)[part] : undefined, input);
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function valueOr(sent: unknown, input: InputCost | undefined): unknown {
  return sent === undefined ? input?.defaultValue : sent;
}

function plainValue(value: ValueNode, variables: Variables): unknown {
  if (value.kind === Kind.VARIABLE) return variables[value.name.value];
  return valueFromASTUntyped(value, variables as Record<string, unknown>);
}
