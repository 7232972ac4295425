import type { ProfileExport } from '@marquee/profiles';
import type { ExportCounts } from '../../__generated__/resolvers-types.ts';

/** JSON for people and other programs: instants as ISO-8601 text, keys as the port names them. */
export function toExportDocument(content: ProfileExport): string {
  const instants = new Set(['at', 'savedAt', 'lastWatchedAt', 'createdAt']);
  const readable = (key: string, value: unknown) =>
    instants.has(key) && typeof value === 'number' ? new Date(value).toISOString() : value;
  return JSON.stringify({ ...content, profile: content.profile ?? null }, readable);
}

export function toExportCounts(content: ProfileExport): ExportCounts {
  return {
    reactions: content.reactions.length,
    hidden: content.hidden.length,
    myList: content.myList.length,
    followedPeople: content.followedPersonIds.length,
    tasteGenres: content.tasteGenreIds.length,
    history: content.history.length,
  };
}
