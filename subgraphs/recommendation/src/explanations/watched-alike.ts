/** What the viewer has watched of a genre and with a person: what a sentence about either rests on. */
import type { GenreId, PersonId, TitleId } from '@marquee/domain';
import type { ProfileState, TitleFacts } from '@marquee/features';

export class WatchedAlike {
  readonly #watched: readonly TitleFacts[];

  /** @param titleOf facts of a title; undefined once it has left the catalogue */
  constructor(
    { history, reactions, hiddenTitleIds }: Pick<ProfileState, 'history' | 'reactions' | 'hiddenTitleIds'>,
    titleOf: (id: TitleId) => TitleFacts | undefined,
  ) {
    const hidden = new Set(hiddenTitleIds);
    this.#watched = history.flatMap(({ titleId, qualified, completed, abandoned }) => {
      // What somebody gave up, did not like, or will not see again, is why nothing is there.
      const unwelcome = abandoned || hidden.has(titleId) || reactions[titleId]?.reaction === 'DISLIKE';
      return (qualified || completed) && !unwelcome ? (titleOf(titleId) ?? []) : [];
    });
  }

  /** Titles that are mainly of the genre, last watched first. */
  ofGenre(genreId: GenreId): readonly TitleFacts[] {
    return this.#watched.filter(({ genreIds }) => genreIds[0] === genreId);
  }

  /** Last watched first. */
  withPerson(personId: PersonId): readonly TitleFacts[] {
    return this.#watched.filter(
      ({ personIds, directorIds }) => personIds.includes(personId) || directorIds.includes(personId),
    );
  }
}
