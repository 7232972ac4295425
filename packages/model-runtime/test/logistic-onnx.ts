/**
 * Writes a logistic regression as an ONNX file, for tests: sigmoid(x · w + b), with as many multiplications by
 * the identity before it as a test needs to keep a thread busy. Protocol buffers are written by hand, field by
 * field (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3); the exporter under test elsewhere must not
 * be what its reader is tested with.
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FLOAT = 1;

type Bytes = readonly number[];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

const integer = (field: number, value: number): Bytes => [...varint(field * 8 + VARINT), ...varint(value)];
const bytes = (field: number, value: Bytes): Bytes => [
  ...varint(field * 8 + LENGTH_DELIMITED),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string): Bytes => bytes(field, [...new TextEncoder().encode(value)]);

function floats(name: string, dimensions: readonly number[], values: readonly number[]): Bytes {
  const raw = new Uint8Array(Float32Array.from(values).buffer);
  return [
    ...dimensions.flatMap((size) => integer(1, size)),
    ...integer(2, FLOAT),
    ...text(8, name),
    ...bytes(9, [...raw]),
  ];
}

function node(operation: string, inputs: readonly string[], output: string): Bytes {
  return [...inputs.flatMap((input) => text(1, input)), ...text(2, output), ...text(4, operation)];
}

/** A matrix of any number of rows. */
function matrixInfo(name: string, columns: number): Bytes {
  const shape = [...bytes(1, text(2, 'rows')), ...bytes(1, integer(1, columns))];
  return [...text(1, name), ...bytes(2, bytes(1, [...integer(1, FLOAT), ...bytes(2, shape)]))];
}

export interface LogisticModel {
  readonly input: string;
  readonly output: string;
  readonly weights: readonly number[];
  readonly bias: number;
  /** Multiplications by the identity before the real one. Default 0. */
  readonly idleLayers?: number;
}

export function encodeLogisticModel({
  input,
  output,
  weights,
  bias,
  idleLayers = 0,
}: LogisticModel): Uint8Array {
  const columns = weights.length;
  const identity = Array.from({ length: columns * columns }, (_, i) => (i % (columns + 1) === 0 ? 1 : 0));
  const layer = (n: number): string => (n === 0 ? input : `idle-${n}`);
  const nodes = [
    ...Array.from({ length: idleLayers }, (_, n) => node('MatMul', [layer(n), 'identity'], layer(n + 1))),
    node('MatMul', [layer(idleLayers), 'weights'], 'product'),
    node('Add', ['product', 'bias'], 'logit'),
    node('Sigmoid', ['logit'], output),
  ];
  const graph = [
    ...nodes.flatMap((each) => bytes(1, each)),
    ...text(2, 'logistic-regression'),
    ...(idleLayers > 0 ? bytes(5, floats('identity', [columns, columns], identity)) : []),
    ...bytes(5, floats('weights', [columns, 1], weights)),
    ...bytes(5, floats('bias', [1], [bias])),
    ...bytes(11, matrixInfo(input, columns)),
    ...bytes(12, matrixInfo(output, 1)),
  ];
  const opset = [...text(1, ''), ...integer(2, 17)];
  return Uint8Array.from([
    ...integer(1, 8),
    ...text(2, 'marquee-tests'),
    ...bytes(7, graph),
    ...bytes(8, opset),
  ]);
}
