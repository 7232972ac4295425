/** What the online store holds of an erased profile: states made of events, what workers keep, and pages that were made before. */
import type { KeyValueStore } from '@marquee/feature-store';
import { profileStateView } from '@marquee/features';
import { engagementView } from '@marquee/re-engagement';
import { erasureKey } from '@marquee/recommendation';
import type { ErasedPlace, Tombstone } from './erasure-receipt.ts';

export async function leftInFeatures(
  store: KeyValueStore,
  { profileId, at, sequence }: Tombstone,
): Promise<readonly ErasedPlace[]> {
  const [stateBlob, engagementBlob, erasureBlob] = await store.getMany([
    profileStateView.key(profileId),
    engagementView.key(profileId),
    erasureKey(profileId),
  ]);
  const state = profileStateView.decode(stateBlob);
  const engagement = engagementView.decode(engagementBlob);
  const known = erasureBlob === undefined ? undefined : Buffer.from(erasureBlob).toString();
  const ledger = known === undefined ? undefined : (JSON.parse(known) as { sequence: number });
  const old =
    state === undefined
      ? 0
      : [
          ...state.history.map(({ firstWatchedAt }) => firstWatchedAt),
          ...Object.values(state.impressions).map(({ lastAt }) => lastAt),
          ...Object.values(state.reactions).map((reaction) => reaction.at),
          ...state.myList.map((entry) => entry.at),
        ].filter((instant) => instant < at).length;
  const handled = state === undefined || (state.erasedAt ?? 0) >= at;
  const forgotten = engagement === undefined || (engagement.erasedAt ?? 0) >= at;
  return [
    {
      place: 'feature views',
      state: old > 0 && handled ? 'left' : handled ? 'gone' : 'follows',
      left: old,
      detail: 'profile state: history, taste, impressions; counters of titles hold no profile',
    },
    {
      place: 're-engagement',
      state: forgotten ? 'gone' : 'follows',
      left: forgotten ? 0 : 1,
      detail: 'when it was last here, and what was sent to it',
    },
    {
      place: 'slates',
      // Nobody has served a page since: nothing has had to be refused yet.
      state: ledger !== undefined && ledger.sequence >= sequence ? 'unreadable' : 'follows',
      left: 0,
      detail:
        'pages made before answer SLATE_EXPIRED, their tokens are refused; the bytes go within the hour',
    },
  ];
}
