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
  /** Raised whenever fields change in number, order or meaning. Blobs of other versions read as defaults. */
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
   * Writes the row to `target[offset .. offset + fields.length)`; defaults where the blob is missing or of
   * another version. True when the blob's values were used.
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
        return false;
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
