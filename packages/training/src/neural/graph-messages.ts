/** What the training thread and the main thread say to each other. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | Uint8Array;

export interface TensorValue {
  readonly data: TensorData;
  readonly dims: readonly number[];
}

export type Feeds = Readonly<Record<string, TensorValue>>;
export type Results = Readonly<Record<string, Float32Array | Float64Array>>;

export type GraphRequest =
  | { readonly type: 'open'; readonly graph: Uint8Array }
  | { readonly type: 'run'; readonly feeds: Feeds; readonly fetches: readonly string[] }
  | { readonly type: 'close' };

export type GraphReply =
  | { readonly outcome: 'opened' }
  | { readonly outcome: 'ran'; readonly results: Results }
  | { readonly outcome: 'failed'; readonly message: string };

/** Row numbers as the int64 that ONNX wants: written as halves, since a BigInt per number would cost more than the network. */
export function indexTensor(rows: ArrayLike<number>): TensorValue {
  const data = new BigInt64Array(rows.length);
  const halves = new Int32Array(data.buffer);
  for (let i = 0; i < rows.length; i++) halves[2 * i] = rows[i]!;
  return { data, dims: [rows.length] };
}
