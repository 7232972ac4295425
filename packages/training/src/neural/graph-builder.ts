/**
 * Writes ONNX graphs node by node. Values know their shape, with names for what is only known when the graph runs
 * ("rows"); shapes are what gradients are derived from. Everything works in floats, or in doubles, in which gradients can
 * be checked against differences to many digits.
 */
import { encodeOnnxModel } from '../onnx-export.ts';

export type Dimension = number | string;
export type Shape = readonly Dimension[];
/** Real numbers are floats or doubles, whichever the graph works in; `mask` are bytes, `index` int64. */
export type ValueKind = 'real' | 'index' | 'mask';

export interface Value {
  readonly name: string;
  readonly shape: Shape;
}

export interface GraphInput extends Value {
  readonly kind: ValueKind;
}

export type Precision = 'float' | 'double';
type Attribute = number | string | { readonly float: number } | { readonly integers: readonly number[] };

const IR_VERSION = 8;
const OPSET = 18;
/** TensorProto.DataType. */
const TYPES = { float: 1, mask: 2, index: 7, double: 11 } as const;

export class GraphBuilder {
  readonly precision: Precision;
  readonly inputs: GraphInput[] = [];
  readonly #nodes: Record<string, unknown>[] = [];
  readonly #constants = new Map<string, Record<string, unknown>>();
  readonly #outputs: Value[] = [];
  /** Where the size of a named dimension can be read from. */
  readonly #sources = new Map<string, { readonly input: Value; readonly axis: number }>();
  readonly #sizes = new Map<string, Value>();

  constructor(precision: Precision = 'float') {
    this.precision = precision;
  }

  input(name: string, kind: ValueKind, shape: Shape): GraphInput {
    const input = { name, kind, shape };
    this.inputs.push(input);
    for (const [axis, size] of shape.entries()) {
      if (typeof size === 'string' && !this.#sources.has(size)) this.#sources.set(size, { input, axis });
    }
    return input;
  }

  /** A node of the default operator set; its first output. */
  node(
    type: string,
    inputs: readonly Value[],
    shape: Shape,
    attributes: Record<string, Attribute> = {},
  ): Value {
    return this.nodes(type, inputs, [shape], attributes)[0]!;
  }

  /** A node with several outputs. */
  nodes(
    type: string,
    inputs: readonly Value[],
    shapes: readonly Shape[],
    attributes: Record<string, Attribute> = {},
  ): Value[] {
    const name = `${type}_${this.#nodes.length}`;
    const outputs = shapes.map((shape, i) => ({ name: i === 0 ? name : `${name}.${i}`, shape }));
    this.#nodes.push({
      opType: type,
      name,
      input: inputs.map((input) => input.name),
      output: outputs.map((output) => output.name),
      attribute: Object.entries(attributes).map(attributeMessage),
    });
    return outputs;
  }

  /** A scalar of the graph's precision. */
  number(value: number): Value {
    const name = `number ${value}`;
    const rawData = this.precision === 'float' ? Float32Array.of(value) : Float64Array.of(value);
    return this.#constant(name, [], TYPES[this.precision], bytesOf(rawData));
  }

  /** A constant tensor of the graph's precision: weights in an exported model. */
  tensor(name: string, values: Float32Array, shape: readonly number[]): Value {
    const data = this.precision === 'float' ? values : Float64Array.from(values);
    return this.#constant(name, shape, TYPES[this.precision], bytesOf(data));
  }

  /** int64 constants. */
  integers(...values: readonly number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(`integers ${values.join(' ')}`, [values.length], TYPES.index, bytesOf(data));
  }

  /** Constant int64 numbers by name: too many to be named after. */
  indices(name: string, values: Iterable<number> & ArrayLike<number>): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(name, [values.length], TYPES.index, bytesOf(data));
  }

  /** A shape as a tensor: names are looked up in the inputs that have them; one unknown size becomes −1. */
  shapeTensor(shape: Shape): Value {
    if (shape.every((size) => typeof size === 'number' || !this.#sources.has(size))) {
      return this.integers(...shape.map((size) => (typeof size === 'number' ? size : -1)));
    }
    const parts = shape.map((size) => (typeof size === 'number' ? this.integers(size) : this.#size(size)));
    return this.node('Concat', parts, [shape.length], { axis: 0 });
  }

  output(name: string, value: Value): void {
    this.#nodes.push({ opType: 'Identity', name, input: [value.name], output: [name], attribute: [] });
    this.#outputs.push({ name, shape: value.shape });
  }

  /** The graph with all outputs named so far, as the bytes of an .onnx file. */
  encode(graphName: string): Uint8Array {
    return encodeOnnxModel({
      irVersion: IR_VERSION,
      producerName: 'marquee',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: graphName,
        node: this.#nodes,
        initializer: [...this.#constants.values()],
        input: this.inputs.map((input) => this.#info(input, input.kind)),
        output: this.#outputs.map((output) => this.#info(output, 'real')),
      },
    });
  }

  #size(name: string): Value {
    const source = this.#sources.get(name);
    if (source === undefined) return this.integers(-1);
    let size = this.#sizes.get(name);
    if (size === undefined) {
      size = this.node('Shape', [source.input], [1], { start: source.axis, end: source.axis + 1 });
      this.#sizes.set(name, size);
    }
    return size;
  }

  #constant(name: string, dims: readonly number[], dataType: number, rawData: Uint8Array): Value {
    if (!this.#constants.has(name)) this.#constants.set(name, { name, dims, dataType, rawData });
    return { name, shape: dims };
  }

  #info({ name, shape }: Value, kind: ValueKind): Record<string, unknown> {
    const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
    return {
      name,
      type: { tensorType: { elemType: TYPES[kind === 'real' ? this.precision : kind], shape: { dim } } },
    };
  }
}

/** AttributeProto.AttributeType: 1 float, 2 int, 3 string, 7 ints. */
function attributeMessage([name, value]: [string, Attribute]): Record<string, unknown> {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  return 'float' in value ? { name, f: value.float, type: 1 } : { name, ints: value.integers, type: 7 };
}

/** Raw tensor data is little-endian by the specification, as are all platforms Node runs on. */
function bytesOf(data: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
