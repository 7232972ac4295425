/** From a catalogue title to the points that stand for it in vector indexes. */
import { maturityLevel, type Title } from '@marquee/domain';
import type { VectorPayload, VectorPoint } from '@marquee/vector-index';
import { embedTitle } from '../embed-title.ts';

export function toVectorPoint(title: Title): VectorPoint {
  return { id: title.id, vector: embedTitle(title), payload: vectorPayloadOf(title) };
}

/** What searches are filtered by, whatever the vector. */
export function vectorPayloadOf(title: Title): VectorPayload {
  return {
    genreIds: title.genreIds,
    kind: title.kind,
    ...(title.releaseYear !== undefined && { releaseYear: title.releaseYear }),
    ...(title.runtimeMinutes !== undefined && { runtimeMinutes: title.runtimeMinutes }),
    maturityLevel: maturityLevel(title.maturityRating),
    availability: title.availability.map((window) => ({
      from: window.from,
      ...(window.to !== undefined && { to: window.to }),
      ...(window.regions !== undefined && { regions: window.regions }),
    })),
  };
}
