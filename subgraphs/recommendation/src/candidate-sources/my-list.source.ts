/** What the viewer saved for later, newest first. */
import type { CandidateSource } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

export const myListSource: CandidateSource<HomeQuery> = {
  kind: 'candidate-source',
  name: SOURCE.myList,
  requires: ['state'],
  quota: 100,
  onFailure: 'omit',
  timeoutMs: 50,
  applies: ({ state }) => state.myList.length > 0,
  async propose({ state }) {
    return state.myList.map(({ titleId, at }) => ({ id: titleId, score: at }));
  },
};
