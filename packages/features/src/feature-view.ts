/**
 * A feature view is a named, versioned row of float32 fields about one entity, declared once and used by the
 * materialiser (writes), serving (reads) and training (reads). On the wire it is a little-endian blob: an
 * 8-byte header (u32 view version, u32 field count), then the fields. Reading copies bytes; it parses nothing.
 */
export interface FeatureField {
  readonly name: string;
  /** e.g. "count", "seconds", "days since 2020-01-01". */
  readonly unit: string;
  /** Value where the entity has none. */
  readonly default: number;
}

export interface FeatureViewDefinition {
  readonly name: string;
  /**
   * Raised whenever fields change in order or meaning, or one goes; blobs of other versions read as defaults. A field that is added
   * behind all others raises nothing: blobs say how many they have, what an older one lacks reads as its default, and what a newer one
   * has more is left out.
   */
  readonly version: number;
  readonly entity: 'profile' | 'title' | 'title-in-segment' | 'page-row' | 'artwork';
  /** How old a value may be before the monitor complains. */
  readonly freshnessSeconds: number;
  readonly fields: readonly FeatureField[];
}

export interface FeatureView extends FeatureViewDefinition {
  /** Store key of an entity's value. */
  key(entityId: string): string;
  /** Position of a field in a row. @throws RangeError on an unknown name. */
  index(field: string): number;
  encode(row: Float32Array): Uint8Array;
  /**
   * Writes the row to `target[offset .. offset + fields.length)`; defaults where the blob is missing, broken or of
   * another version, and for fields that were added after it was written. True when the blob's values were used.
   */
  decodeInto(blob: Uint8Array | undefined, target: Float32Array, offset: number): boolean;
}

const HEADER_BYTES = 8;

export function defineFeatureView(definition: FeatureViewDefinition): FeatureView {
  const width = definition.fields.length;
  const defaults = Float32Array.from(definition.fields, (field) => field.default);
  const positions = new Map(definition.fields.map((field, i) => [field.name, i]));
  const bytes = width * 4;
  // A blob may begin at any address; it is copied here to be read as numbers, without a view of its own.
  const scratch = new Uint8Array(HEADER_BYTES + bytes);
  const scratchHeader = new DataView(scratch.buffer, 0, HEADER_BYTES);
  const scratchFields = new Float32Array(scratch.buffer, HEADER_BYTES, width);
  /** Of a release before a field was added, or after: rare, and gone once the row is written again. */
  function decodeOtherWidth(blob: Uint8Array, target: Float32Array, offset: number): boolean {
    if (blob.byteLength < HEADER_BYTES) return false;
    const values = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    const stored = values.getUint32(4, true);
    if (values.getUint32(0, true) !== definition.version) return false;
    if (stored === 0 || blob.byteLength !== HEADER_BYTES + stored * 4) return false;
    for (let i = 0; i < Math.min(width, stored); i++) {
      target[offset + i] = values.getFloat32(HEADER_BYTES + i * 4, true);
    }
    return true;
  }
  return {
    ...definition,
    key: (entityId) => `${definition.name}:${entityId}`,
    index(field) {
      const position = positions.get(field);
      if (position === undefined) {
        throw new RangeError(`view ${definition.name} has no field ${field}`);
      }
      return position;
    },
    encode(row) {
      if (row.length !== width)
        throw new RangeError(`${definition.name}: ${row.length} values for ${width} fields`);
      const blob = new Uint8Array(HEADER_BYTES + bytes);
      const header = new DataView(blob.buffer);
      header.setUint32(0, definition.version, true);
      header.setUint32(4, width, true);
      blob.set(new Uint8Array(row.buffer, row.byteOffset, bytes), HEADER_BYTES);
      return blob;
    },
    decodeInto(blob, target, offset) {
      if (blob === undefined || blob.byteLength !== HEADER_BYTES + bytes) {
        target.set(defaults, offset);
        return blob !== undefined && decodeOtherWidth(blob, target, offset);
      }
      scratch.set(blob);
      if (
        scratchHeader.getUint32(0, true) !== definition.version ||
        scratchHeader.getUint32(4, true) !== width
      ) {
        target.set(defaults, offset);
        return false;
      }
      target.set(scratchFields, offset);
      return true;
    },
  };
}
