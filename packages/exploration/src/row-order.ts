/** How much of the order of rows is learned and tried, and who keeps the order by rules to compare with. */
import { hash32, type ProfileId } from '@marquee/domain';

export interface RowOrderSettings {
  /** Of the pages, those whose rows the policy puts in order; the others get the best order known. In [0, 1]. */
  readonly share: number;
  /** Of the profiles, those that keep the order by rules for good. In [0, 1]; 1 turns learning off. */
  readonly holdout: number;
}

export const DEFAULT_ROW_ORDER: RowOrderSettings = { share: 0.2, holdout: 0.05 };

/** The same for a profile for ever, and a larger holdout holds whoever a smaller one does. */
export function isHeldOut({ holdout }: RowOrderSettings, profileId: ProfileId): boolean {
  return hash32(`row-order-holdout\n${profileId}`) < holdout * 2 ** 32;
}
