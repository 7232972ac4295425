/** Reasons and degradations as clients read them. */
import type { Reason as ReasonOfSlate } from '@marquee/domain';
import type { PersonModel, TitleModel } from '../../mappers.ts';

export interface ReasonModel {
  readonly text: string;
  readonly titles: readonly TitleModel[];
  readonly people: readonly PersonModel[];
}

export function toReason(reason: ReasonOfSlate | undefined): ReasonModel | null {
  if (reason === undefined) return null;
  return {
    text: reason.text,
    titles: reason.titleIds.map((id) => ({ id })),
    people: reason.personIds.map((id) => ({ id })),
  };
}
