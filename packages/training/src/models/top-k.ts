/** The k best of many by value; of equals the one with the smaller key. A heap with the worst on top. */
export interface TopK {
  /** Not a number counts as the least there is. */
  offer(key: number, value: number): void;
  /** Whether a value would get in after keys that are all smaller: a cheap question to ask first. */
  wants(value: number): boolean;
  /** The best first; leaves nothing behind. */
  take(): { readonly keys: Uint32Array; readonly values: Float64Array };
}

export function createTopK(capacity: number): TopK {
  const keys = new Uint32Array(capacity);
  const values = new Float64Array(capacity);
  let size = 0;
  const worse = (a: number, b: number): boolean =>
    values[a]! < values[b]! || (values[a] === values[b] && keys[a]! > keys[b]!);
  const swap = (a: number, b: number): void => {
    const [key, value] = [keys[a]!, values[a]!];
    keys[a] = keys[b]!;
    values[a] = values[b]!;
    keys[b] = key;
    values[b] = value;
  };
  const sink = (length: number): void => {
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= length) return;
      if (child + 1 < length && worse(child + 1, child)) child++;
      if (!worse(child, at)) return;
      swap(at, child);
      at = child;
    }
  };
  const rise = (from: number): void => {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!worse(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  return {
    wants: (value) => size < capacity || value > values[0]!,
    offer(key, offered) {
      const value = Number.isNaN(offered) ? Number.NEGATIVE_INFINITY : offered;
      if (size < capacity) {
        keys[size] = key;
        values[size] = value;
        rise(size++);
      } else if (capacity > 0 && (value > values[0]! || (value === values[0] && key < keys[0]!))) {
        keys[0] = key;
        values[0] = value;
        sink(size);
      }
    },
    take() {
      const count = size;
      for (let length = count; length > 1; length--) {
        swap(0, length - 1);
        sink(length - 1);
      }
      size = 0;
      return { keys: keys.slice(0, count), values: values.slice(0, count) };
    },
  };
}
