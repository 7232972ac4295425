/**
 * Writes models as ONNX files. ONNX is a protobuf format; only the messages that are used here are described, with
 * their field numbers from onnx.proto (ONNX 1.16, IR version 8), and protobufjs encodes them.
 */
import protobuf from 'protobufjs';
import type { LogisticRegression } from './logistic-regression.ts';

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;

const onnx = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: { type: 'int64', id: 1 },
        producerName: { type: 'string', id: 2 },
        graph: { type: 'GraphProto', id: 7 },
        opsetImport: { rule: 'repeated', type: 'OperatorSetIdProto', id: 8 },
      },
    },
    OperatorSetIdProto: { fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } } },
    GraphProto: {
      fields: {
        node: { rule: 'repeated', type: 'NodeProto', id: 1 },
        name: { type: 'string', id: 2 },
        initializer: { rule: 'repeated', type: 'TensorProto', id: 5 },
        input: { rule: 'repeated', type: 'ValueInfoProto', id: 11 },
        output: { rule: 'repeated', type: 'ValueInfoProto', id: 12 },
      },
    },
    NodeProto: {
      fields: {
        input: { rule: 'repeated', type: 'string', id: 1 },
        output: { rule: 'repeated', type: 'string', id: 2 },
        name: { type: 'string', id: 3 },
        opType: { type: 'string', id: 4 },
        attribute: { rule: 'repeated', type: 'AttributeProto', id: 5 },
        domain: { type: 'string', id: 7 },
      },
    },
    AttributeProto: {
      fields: {
        name: { type: 'string', id: 1 },
        f: { type: 'float', id: 2 },
        i: { type: 'int64', id: 3 },
        s: { type: 'bytes', id: 4 },
        floats: { rule: 'repeated', type: 'float', id: 7 },
        ints: { rule: 'repeated', type: 'int64', id: 8 },
        strings: { rule: 'repeated', type: 'bytes', id: 9 },
        type: { type: 'int32', id: 20 },
      },
    },
    TensorProto: {
      fields: {
        dims: { rule: 'repeated', type: 'int64', id: 1 },
        dataType: { type: 'int32', id: 2 },
        name: { type: 'string', id: 8 },
        rawData: { type: 'bytes', id: 9 },
      },
    },
    ValueInfoProto: { fields: { name: { type: 'string', id: 1 }, type: { type: 'TypeProto', id: 2 } } },
    TypeProto: { fields: { tensorType: { type: 'TensorTypeProto', id: 1 } } },
    TensorTypeProto: {
      fields: { elemType: { type: 'int32', id: 1 }, shape: { type: 'TensorShapeProto', id: 2 } },
    },
    TensorShapeProto: { fields: { dim: { rule: 'repeated', type: 'DimensionProto', id: 1 } } },
    DimensionProto: { fields: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } } },
  },
});

export const MODEL_INPUT = 'features';
export const MODEL_OUTPUT = 'probability';

/** Name of the second output, of models that say what a title is worth. */
export const VALUE_OUTPUT = 'value';

type Line = Pick<LogisticRegression, 'weights' | 'intercept'>;

/** A second line, from which with the probability p the value follows: `p × max(least, line) ^ exponent`. */
export interface ValueLine {
  readonly line: Line;
  readonly least: number;
  readonly exponent: number;
}

/**
 * `features` [rows, columns] float32 → `probability` [rows] float32: Gemm, Sigmoid, Squeeze; and `value` [rows] where there is a line for it.
 * Scores equal `predict` within 1e-5.
 */
export function exportLogisticRegression(model: Line, value?: ValueLine): Uint8Array {
  const columns = model.weights.length;
  const worth = value && valueNodes(value);
  return encodeOnnxModel({
    irVersion: IR_VERSION,
    producerName: 'marquee',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: 'logistic-regression',
      node: [
        { opType: 'Gemm', name: 'logit', input: [MODEL_INPUT, 'weights', 'intercept'], output: ['z'] },
        { opType: 'Sigmoid', name: 'probability', input: ['z'], output: ['p'] },
        { opType: 'Squeeze', name: 'flatten', input: ['p', 'axes'], output: [MODEL_OUTPUT] },
        ...(worth?.node ?? []),
      ],
      initializer: [
        floatTensor('weights', [columns, 1], Float32Array.from(model.weights)),
        floatTensor('intercept', [1], Float32Array.of(model.intercept)),
        { name: 'axes', dims: [1], dataType: 7, rawData: littleEndianInt64(1) },
        ...(worth?.initializer ?? []),
      ],
      input: [tensorInfo(MODEL_INPUT, ['rows', columns])],
      output: [
        tensorInfo(MODEL_OUTPUT, ['rows']),
        ...(worth === undefined ? [] : [tensorInfo(VALUE_OUTPUT, ['rows'])]),
      ],
    },
  });
}

function valueNodes({ line, least, exponent }: ValueLine) {
  return {
    node: [
      { opType: 'Gemm', name: 'length', input: [MODEL_INPUT, 'length_weights', 'length0'], output: ['y'] },
      { opType: 'Max', name: 'at_least', input: ['y', 'least'], output: ['length'] },
      { opType: 'Pow', name: 'tempered', input: ['length', 'exponent'], output: ['tempered'] },
      { opType: 'Mul', name: 'times', input: ['p', 'tempered'], output: ['valued'] },
      { opType: 'Squeeze', name: 'flatten_value', input: ['valued', 'axes'], output: [VALUE_OUTPUT] },
    ],
    initializer: [
      floatTensor('length_weights', [line.weights.length, 1], Float32Array.from(line.weights)),
      floatTensor('length0', [1], Float32Array.of(line.intercept)),
      floatTensor('least', [1], Float32Array.of(least)),
      floatTensor('exponent', [1], Float32Array.of(exponent)),
    ],
  };
}

/** @param model a ModelProto as a plain object. @throws TypeError when it is none */
export function encodeOnnxModel(model: Record<string, unknown>): Uint8Array {
  const type = onnx.lookupType('ModelProto');
  const problem = type.verify(model);
  if (problem !== null) throw new TypeError(`not a valid ONNX model: ${problem}`);
  return type.encode(type.fromObject(model)).finish();
}

function floatTensor(name: string, dims: readonly number[], values: Float32Array) {
  // Raw tensor data is little-endian by the specification, as are all platforms Node runs on.
  return {
    name,
    dims,
    dataType: FLOAT,
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

function littleEndianInt64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return bytes;
}

function tensorInfo(name: string, shape: readonly (number | string)[]) {
  return {
    name,
    type: {
      tensorType: {
        elemType: FLOAT,
        shape: { dim: shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
      },
    },
  };
}
