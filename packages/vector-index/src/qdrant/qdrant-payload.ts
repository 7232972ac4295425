/**
 * What a point carries in Qdrant, and what is indexed of it. Missing ends and regions are written out (`to` as the last
 * instant there is, regions as `*`), so that availability is one nested condition without cases for what is absent.
 */
import type { Schemas } from '@qdrant/js-client-rest';
import type { VectorPayload } from '../index.ts';

export const EVERYWHERE = '*';
/** The last instant of a `Date`. */
export const NO_END = 8_640_000_000_000_000;

export interface QdrantPayload extends Record<string, unknown> {
  readonly titleId: string;
  readonly genreIds: readonly string[];
  readonly kind: string;
  readonly releaseYear?: number;
  readonly runtimeMinutes?: number;
  readonly maturityLevel: number;
  readonly availability: readonly { from: number; to: number; regions: readonly string[] }[];
}

export function toQdrantPayload(titleId: string, payload: VectorPayload): QdrantPayload {
  return {
    titleId,
    genreIds: payload.genreIds,
    kind: payload.kind,
    ...(payload.releaseYear === undefined ? {} : { releaseYear: payload.releaseYear }),
    ...(payload.runtimeMinutes === undefined ? {} : { runtimeMinutes: payload.runtimeMinutes }),
    maturityLevel: payload.maturityLevel,
    availability: payload.availability.map(({ from, to, regions }) => ({
      from,
      to: to ?? NO_END,
      regions: regions ?? [EVERYWHERE],
    })),
  };
}

/** Every field that a filter names. Made before the first vector: HNSW links are built along with them. */
export const PAYLOAD_INDEXES: readonly (readonly [field: string, type: Schemas['PayloadSchemaType']])[] = [
  ['genreIds', 'keyword'],
  ['kind', 'keyword'],
  ['releaseYear', 'integer'],
  ['runtimeMinutes', 'integer'],
  ['maturityLevel', 'integer'],
  ['availability[].from', 'integer'],
  ['availability[].to', 'integer'],
  ['availability[].regions', 'keyword'],
];
