/** Names of worlds: what may be one, and which are taken by the worlds that Marquee prepares itself. */
import { MarqueeError } from '@marquee/service-kit';

export const SAMPLE_WORLD = 'sample';
const MOVIELENS_PREFIX = 'movielens-';

const WORLD_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** A file of the data directory itself. */
const LOCK = 'lock';

/** @param digest of the folder's path: two data sets never meet in one world. */
export function movieLensWorld(digest: string): string {
  return `${MOVIELENS_PREFIX}${digest}`;
}

/** @throws MarqueeError CONFIG_INVALID; anything else could lead out of the data directory. */
export function requireWorldName(name: string): string {
  if (WORLD_NAME.test(name) && name !== LOCK) return name;
  throw new MarqueeError(
    'CONFIG_INVALID',
    '--world must be lower-case letters, digits and dashes, at most 63',
  );
}

/**
 * For a world that is to be made of somebody's own data.
 * @throws MarqueeError CONFIG_INVALID for a name under which `npm start` would look for a world of its own.
 */
export function requireUnreserved(name: string): void {
  if (name !== SAMPLE_WORLD && !name.startsWith(MOVIELENS_PREFIX)) return;
  throw new MarqueeError(
    'CONFIG_INVALID',
    `--world ${name} is the name of a world that npm start prepares itself; choose another for your own data`,
  );
}
