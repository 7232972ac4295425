/** Where a command is to leave its report. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';

/**
 * Asked before the work is done: an hour's figures should not be lost for a folder that is not there.
 * @param places files to write, by the name of their flag
 * @throws MarqueeError CONFIG_INVALID naming the flag
 */
export async function requirePlaces(places: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [flag, path] of Object.entries(places)) {
    if (typeof path !== 'string') continue;
    const folder = dirname(path);
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      throw new MarqueeError('CONFIG_INVALID', `--${flag} ${path}: there is no folder ${folder}`);
    }
  }
}
