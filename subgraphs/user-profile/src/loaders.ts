/** One read per request and kind, however many fields ask. */
import type { GenreId, PersonId, Profile, ProfileId, TitleId } from '@marquee/domain';
import { MAX_IDS, type Profiles, type TitleState } from '@marquee/profiles';
import DataLoader from 'dataloader';
import { type CatalogueLookup, MAX_LOOKUP_IDS } from './catalogue-lookup.ts';

export interface UserProfileLoaders {
  readonly profiles: DataLoader<ProfileId, Profile | undefined>;
  /** Of the viewer; absent for anonymous requests. */
  readonly titleStates: DataLoader<TitleId, TitleState> | undefined;
  /** For the viewer: titles above their maturity limit do not exist. */
  readonly titlesExist: DataLoader<TitleId, boolean>;
  readonly peopleExist: DataLoader<PersonId, boolean>;
  readonly genresExist: DataLoader<GenreId, boolean>;
  /** Forgets the viewer's state: after a mutation, later fields of the same request must read anew. */
  forgetViewer(): void;
}

export interface LoaderDeps {
  readonly profiles: Profiles;
  readonly catalogue: CatalogueLookup;
}

export function createLoaders(
  { profiles, catalogue }: LoaderDeps,
  viewerId: ProfileId | undefined,
): UserProfileLoaders {
  const profileLoader = new DataLoader<ProfileId, Profile | undefined>((ids) => profiles.profilesByIds(ids), {
    maxBatchSize: MAX_IDS,
  });
  const titleStates =
    viewerId === undefined
      ? undefined
      : new DataLoader<TitleId, TitleState>((ids) => profiles.titleStates(viewerId, ids), {
          maxBatchSize: MAX_IDS,
        });
  const existence = (exist: (ids: readonly string[]) => Promise<readonly boolean[]>) =>
    new DataLoader<string, boolean>(exist, { maxBatchSize: MAX_LOOKUP_IDS });
  const viewerLimit = async () =>
    viewerId === undefined ? undefined : (await profileLoader.load(viewerId))?.maturityLimit;
  return {
    profiles: profileLoader,
    titleStates,
    titlesExist: existence(async (ids) => catalogue.titlesExist(ids, await viewerLimit())),
    peopleExist: existence((ids) => catalogue.peopleExist(ids)),
    genresExist: existence((ids) => catalogue.genresExist(ids)),
    forgetViewer() {
      profileLoader.clearAll();
      titleStates?.clearAll();
    },
  };
}
