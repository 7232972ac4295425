/**
 * Slates as bytes: JSON with the repeated parts (sources, reasons) written once and referred to by number.
 * A page of 500 places takes some 25 KB. Another version, or bytes that are not a slate, read as absent.
 */
import type { ArtworkChoice, Reason, SlateItem } from '@marquee/domain';
import type { StoredRow, StoredSlate } from './stored-slate.ts';

const VERSION = 2;

/** titleId, score or null, propensity, numbers of sources, number of the reason or -1; then the picture, where one is chosen */
type PackedItem = readonly [string, number | null, number, readonly number[], number, ArtworkChoice?];

interface PackedSlate {
  readonly v: number;
  readonly slate: Omit<StoredSlate, 'rows'>;
  readonly sources: readonly string[];
  readonly reasons: readonly Reason[];
  readonly rows: readonly (Omit<StoredRow, 'items' | 'reason'> & {
    reason: number;
    items: readonly PackedItem[];
  })[];
}

/** Gives each distinct value a number, in order of appearance. */
class Numbering<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<unknown, number>();

  numberOf(value: T, key: unknown = value): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

export function encodeSlate(stored: StoredSlate): Uint8Array {
  const { rows, ...slate } = stored;
  const sources = new Numbering<string>();
  const reasons = new Numbering<Reason>();
  // The items of a row mostly share one object.
  const numbers = new Map<Reason, number>();
  const reasonNumber = (reason: Reason | undefined): number => {
    if (reason === undefined) return -1;
    let number = numbers.get(reason);
    if (number === undefined) {
      number = reasons.numberOf(reason, JSON.stringify(reason));
      numbers.set(reason, number);
    }
    return number;
  };
  const packed: PackedSlate = {
    v: VERSION,
    slate,
    rows: rows.map(({ items, reason, ...row }) => ({
      ...row,
      reason: reasonNumber(reason),
      items: items.map((item): PackedItem => {
        const packed = [
          item.titleId,
          item.score ?? null,
          item.propensity,
          item.sources.map((source) => sources.numberOf(source)),
          reasonNumber(item.reason),
        ] as const;
        return item.artwork === undefined ? packed : [...packed, item.artwork];
      }),
    })),
    sources: sources.values,
    reasons: reasons.values,
  };
  return Buffer.from(JSON.stringify(packed));
}

export function decodeSlate(bytes: Uint8Array | undefined): StoredSlate | undefined {
  if (bytes === undefined) return undefined;
  let packed: PackedSlate;
  try {
    packed = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    ) as PackedSlate;
  } catch {
    return undefined;
  }
  if (packed?.v !== VERSION) return undefined;
  const { sources, reasons } = packed;
  const rows = packed.rows.map(({ items, reason, ...row }): StoredRow => {
    const rowReason = reasons[reason];
    return {
      ...row,
      ...(rowReason === undefined ? {} : { reason: rowReason }),
      items: items.map(([titleId, score, propensity, sourceNumbers, reasonNumber, artwork]): SlateItem => {
        const itemReason = reasons[reasonNumber];
        return {
          titleId,
          ...(itemReason === undefined ? {} : { reason: itemReason }),
          ...(score === null ? {} : { score }),
          propensity,
          sources: sourceNumbers.map((number) => sources[number]!),
          ...(artwork === undefined ? {} : { artwork }),
        };
      }),
    };
  });
  return { ...packed.slate, rows };
}
