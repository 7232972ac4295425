/**
 * A graph that can be differentiated: every operation is recorded with the rule that turns the gradient of its output into
 * those of its inputs, and `gradients` walks the record backwards, adding nodes to the same graph. So forward and
 * backward pass are one ONNX file and one run.
 *
 * Gradients of tables that rows are looked up in come as those rows, to be added where they were taken from: the table may be large.
 */
import { GraphBuilder, type Precision, type Shape, type Value } from './graph-builder.ts';

/** Of one parameter: some of its gradient, all summands to be added. */
export interface GradientPart {
  readonly parameter: string;
  /** A graph output: of the parameter's shape, or rows of it. */
  readonly output: string;
  /** The graph input with the row of each row of the output. */
  readonly rows?: string;
}

/**
 * Adds what the inputs' gradients share, and says for each how its own is added: only those are that lead to a
 * parameter.
 */
export type Backward = (gradient: Value) => readonly (() => Value)[];

interface Entry {
  readonly output: Value;
  readonly inputs: readonly Value[];
  readonly backward: Backward;
}

export class Tape {
  readonly graph: GraphBuilder;
  readonly #entries: Entry[] = [];
  readonly #parameters = new Map<string, Value>();
  /** Names of values that depend on a parameter. */
  readonly #dependent = new Set<string>();
  readonly #looked: { readonly table: Value; readonly rows: Value; readonly output: Value }[] = [];

  constructor(precision: Precision = 'float') {
    this.graph = new GraphBuilder(precision);
  }

  /** An input that gradients are taken by. */
  parameter(name: string, shape: readonly number[]): Value {
    const value = this.graph.input(name, 'real', shape);
    this.#parameters.set(name, value);
    this.#dependent.add(name);
    return value;
  }

  record(output: Value, inputs: readonly Value[], backward: Backward): Value {
    if (inputs.some(({ name }) => this.#dependent.has(name))) {
      this.#entries.push({ output, inputs, backward });
      this.#dependent.add(output.name);
    }
    return output;
  }

  /** `table[rows]`; the table is a parameter, or a constant. @param rows a graph input of row numbers, of one axis */
  lookUp(table: Value, rows: Value): Value {
    const output = this.graph.node('Gather', [table, rows], [rows.shape[0]!, ...table.shape.slice(1)], {
      axis: 0,
    });
    if (this.#parameters.has(table.name)) {
      this.#looked.push({ table, rows, output });
      this.#dependent.add(output.name);
    }
    return output;
  }

  /**
   * Adds the backward pass of a scalar.
   * @returns what each parameter's gradient is the sum of; a parameter the loss does not depend on has no part
   */
  gradients(loss: Value): GradientPart[] {
    const gradients = new Map<string, Value>([[loss.name, this.graph.number(1)]]);
    const accumulate = (value: Value, gradient: Value): void => {
      const before = gradients.get(value.name);
      gradients.set(
        value.name,
        before === undefined ? gradient : this.graph.node('Add', [before, gradient], value.shape),
      );
    };
    for (const { output, inputs, backward } of this.#entries.toReversed()) {
      const gradient = gradients.get(output.name);
      if (gradient === undefined) continue;
      for (const [i, own] of backward(gradient).entries()) {
        if (this.#dependent.has(inputs[i]!.name)) accumulate(inputs[i]!, own());
      }
    }
    const parts: GradientPart[] = [];
    const emit = (parameter: string, gradient: Value | undefined, rows?: string): void => {
      if (gradient === undefined) return;
      const output = `gradient.${parts.length}.${parameter}`;
      this.graph.output(output, gradient);
      parts.push({ parameter, output, ...(rows === undefined ? {} : { rows }) });
    };
    for (const name of this.#parameters.keys()) emit(name, gradients.get(name));
    for (const { table, rows, output } of this.#looked)
      emit(table.name, gradients.get(output.name), rows.name);
    return parts;
  }
}

/** Sums a gradient over the axes along which a value of `shape` was broadcast. */
export function reduceTo(graph: GraphBuilder, gradient: Value, shape: Shape): Value {
  const lead = gradient.shape.length - shape.length;
  const axes: number[] = [];
  for (const [axis, size] of gradient.shape.entries()) {
    if (axis < lead || size !== shape[axis - lead]) axes.push(axis);
  }
  if (axes.length === 0) return gradient;
  const summed = graph.node('ReduceSum', [gradient, graph.integers(...axes)], gradient.shape, {
    keepdims: 1,
  });
  return lead === 0 ? { ...summed, shape } : graph.node('Reshape', [summed, graph.shapeTensor(shape)], shape);
}
