/** What kept answers depend on, by name. */

/** The viewer whose answers these are. */
export function viewerSubject(viewer: string): string {
  return `viewer:${viewer}`;
}

/** One entity, by the value of its key. */
export function entitySubject(type: string, key: string): string {
  return `${type}:${key}`;
}

/** Advances with every change of an entity of this type. */
export function changesOf(type: string): string {
  return `changes of ${type}`;
}

/** Advances when an entity of this type ceases to exist. */
export function removalsOf(type: string): string {
  return `removals of ${type}`;
}

/** Advances when everything of this type is taken out by hand. */
export function allOf(type: string): string {
  return `all of ${type}`;
}

/** What everything that is kept depends on. */
export const EVERYTHING = 'everything';
