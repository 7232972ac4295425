/** How long titles are, as the catalogue says it today. */
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import type { TitleId } from '@marquee/domain';

export type TitleRuntimes = Pick<Catalogue, 'titlesByIds'>;

/** @returns by title, seconds; without those that are gone or have no runtime */
export async function runtimesOf(
  catalogue: TitleRuntimes,
  ids: readonly TitleId[],
): Promise<ReadonlyMap<TitleId, number>> {
  const runtimes = new Map<TitleId, number>();
  for (let from = 0; from < ids.length; from += MAX_IDS) {
    for (const title of await catalogue.titlesByIds(ids.slice(from, from + MAX_IDS))) {
      if (title?.runtimeMinutes !== undefined) runtimes.set(title.id, title.runtimeMinutes * 60);
    }
  }
  return runtimes;
}
