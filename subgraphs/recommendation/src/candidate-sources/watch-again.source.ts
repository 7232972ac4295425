/** Finished titles worth another evening: liked ones first, and none that was watched only just now. */
import { DAY_MS } from '@marquee/domain';
import type { CandidateSource } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

const NOT_WITHIN_MS = 14 * DAY_MS;

export const watchAgainSource: CandidateSource<HomeQuery> = {
  kind: 'candidate-source',
  name: SOURCE.watchAgain,
  requires: ['state', 'now'],
  quota: 60,
  onFailure: 'omit',
  timeoutMs: 50,
  applies: ({ state }) => state.history.length > 0,
  async propose({ state, now }) {
    return state.history
      .filter((entry) => entry.completed && now - entry.lastWatchedAt >= NOT_WITHIN_MS)
      .map((entry) => {
        const liked = state.reactions[entry.titleId]?.reaction === 'LIKE';
        return { id: entry.titleId, score: entry.lastWatchedAt / DAY_MS + (liked ? 10_000 : 0) };
      })
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  },
};
