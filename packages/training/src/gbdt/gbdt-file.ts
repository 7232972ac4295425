/**
 * A model as bytes: a header that can be read by people, then the arrays, little-endian.
 *
 *     'MQGB' | version u32 | header bytes u32 | header, JSON in UTF-8, padded to 4 | arrays in the header's order, each padded to 4
 */
import { MarqueeError } from '@marquee/service-kit';
import type { GbdtModel } from './gbdt-model.ts';
import type { GbdtObjective } from './gbdt-options.ts';

const MAGIC = 0x4247514d;
const VERSION = 1;

const ARRAYS = {
  treeStart: Uint32Array,
  column: Int32Array,
  threshold: Float32Array,
  left: Uint32Array,
  right: Uint32Array,
  missingLeft: Uint8Array,
  categoryStart: Uint32Array,
  categories: Float32Array,
  value: Float32Array,
  gain: Float32Array,
  cover: Uint32Array,
} as const;
type ArrayName = keyof typeof ARRAYS;
const NAMES = Object.keys(ARRAYS) as ArrayName[];

interface Header {
  readonly objective: GbdtObjective;
  readonly columns: number;
  readonly baseScore: number;
  readonly lengths: Readonly<Record<ArrayName, number>>;
}

const padded = (bytes: number): number => Math.ceil(bytes / 4) * 4;

export function encodeGbdt(model: GbdtModel): Uint8Array {
  const lengths = Object.fromEntries(NAMES.map((name) => [name, model[name].length]));
  const { objective, columns, baseScore } = model;
  const header = Buffer.from(JSON.stringify({ objective, columns, baseScore, lengths }));
  const arrays = NAMES.map((name) => model[name]);
  const size = arrays.reduce((sum, { byteLength }) => sum + padded(byteLength), 12 + padded(header.length));
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, VERSION, true);
  view.setUint32(8, header.length, true);
  bytes.set(header, 12);
  let at = 12 + padded(header.length);
  for (const { buffer, byteOffset, byteLength } of arrays) {
    // Every platform that Node runs on is little-endian.
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += padded(byteLength);
  }
  return bytes;
}

/** @throws MarqueeError DATA_CORRUPT for bytes that are no model, not whole, of another version, or not a set of trees */
export function decodeGbdt(bytes: Uint8Array): GbdtModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(0, true) !== MAGIC) corrupt('these bytes are no model of trees');
  const version = view.getUint32(4, true);
  if (version !== VERSION) corrupt(`version ${version} is not known here, only ${VERSION}`);
  const length = view.getUint32(8, true);
  const header = readHeader(bytes.subarray(12, 12 + length));
  const expected = NAMES.reduce(
    (sum, name) => sum + padded(header.lengths[name] * ARRAYS[name].BYTES_PER_ELEMENT),
    12 + padded(length),
  );
  if (bytes.length !== expected) corrupt(`${bytes.length} bytes where the header promises ${expected}`);
  const arrays: Partial<Record<ArrayName, unknown>> = {};
  let at = 12 + padded(length);
  for (const name of NAMES) {
    const size = header.lengths[name] * ARRAYS[name].BYTES_PER_ELEMENT;
    // Copied: the bytes may begin anywhere, and typed arrays only where their elements fit.
    // A Buffer's own slice would not copy, and hand out the whole file.
    arrays[name] = new ARRAYS[name](Uint8Array.prototype.slice.call(bytes, at, at + size).buffer);
    at += padded(size);
  }
  const { objective, columns, baseScore } = header;
  const model = { objective, columns, baseScore, ...arrays } as GbdtModel;
  requireTrees(model);
  return model;
}

function readHeader(bytes: Uint8Array): Header {
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Header;
  } catch (cause) {
    throw new MarqueeError('DATA_CORRUPT', { message: "a model's header cannot be read", cause });
  }
  const { lengths, objective, columns, baseScore } = header;
  const whole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
  if (
    !['logistic', 'squared', 'lambda-rank'].includes(objective) ||
    !whole(columns) ||
    !Number.isFinite(baseScore) ||
    !NAMES.every((name) => whole(lengths?.[name]))
  ) {
    corrupt("a model's header is not complete");
  }
  return header;
}

/** Walks must end, and read nothing that is not there. */
function requireTrees(model: GbdtModel): void {
  const { treeStart, column, left, right, categoryStart, categories, columns } = model;
  const nodes = column.length;
  const perNode = NAMES.filter((name) => !['treeStart', 'categoryStart', 'categories'].includes(name));
  if (perNode.some((name) => model[name].length !== nodes)) corrupt("a model's arrays differ in length");
  const ascending = (values: Uint32Array, last: number): boolean =>
    values[0] === 0 && values.at(-1) === last && values.every((v, i) => i === 0 || v >= values[i - 1]!);
  if (!ascending(treeStart, nodes) || !ascending(categoryStart, categories.length)) {
    corrupt("a model's trees or categories overlap");
  }
  if (categoryStart.length !== nodes + 1) corrupt("a model's arrays differ in length");
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const end = treeStart[tree + 1]!;
    if (end === treeStart[tree]) corrupt(`tree ${tree} has no nodes`);
    for (let node = treeStart[tree]!; node < end; node++) {
      if (column[node]! < 0) continue;
      const inside = (child: number): boolean => child > node && child < end;
      if (column[node]! >= columns || !inside(left[node]!) || !inside(right[node]!)) {
        corrupt(`node ${node} leads out of its tree or asks an unknown column`);
      }
    }
  }
}

function corrupt(message: string): never {
  throw new MarqueeError('DATA_CORRUPT', message);
}
