/** Names of the towers' folders and files. A version goes by the folder of its user tower. */
import { basename, dirname, join } from 'node:path';

export const TITLE_TOWER = 'two-tower-title';
export const USER_TOWER = 'two-tower-user';
/** In the user's folder: the title ids of the id table's rows, in order, as a JSON array. */
export const TITLES_FILE = 'titles.json';

/** Where the title tower of a user tower lies. */
export function titleFolderOf(userFolder: string): string {
  return join(dirname(userFolder), basename(userFolder).replace(USER_TOWER, TITLE_TOWER));
}
