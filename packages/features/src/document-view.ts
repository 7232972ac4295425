/**
 * A document view is a feature view for what is not a row of numbers: a profile's history, a title's
 * neighbours, a ranked list. JSON behind the same versioned key, unless a view brings its own codec; a document of another version reads as absent.
 */
export interface DocumentView<T> {
  readonly name: string;
  readonly version: number;
  readonly freshnessSeconds: number;
  key(entityId: string): string;
  encode(document: T): Uint8Array;
  decode(blob: Uint8Array | undefined): T | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function defineDocumentView<T>(definition: {
  name: string;
  version: number;
  freshnessSeconds: number;
}): DocumentView<T> {
  return {
    ...definition,
    // The version is part of the key, so that two releases side by side never misread each other.
    key: (entityId) => `${definition.name}@${definition.version}:${entityId}`,
    encode: (document) => encoder.encode(JSON.stringify(document)),
    decode: (blob) => (blob === undefined ? undefined : (JSON.parse(decoder.decode(blob)) as T)),
  };
}
