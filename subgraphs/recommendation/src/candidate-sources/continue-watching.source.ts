/** Titles begun and not finished, latest first. */
import type { CandidateSource } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

export const continueWatchingSource: CandidateSource<HomeQuery> = {
  kind: 'candidate-source',
  name: SOURCE.continueWatching,
  requires: ['titlesOfViewer'],
  quota: 40,
  onFailure: 'omit',
  timeoutMs: 50,
  applies: ({ titlesOfViewer }) => titlesOfViewer.inProgress.length > 0,
  async propose({ titlesOfViewer }) {
    const { inProgress } = titlesOfViewer;
    return inProgress.map((id, i) => ({ id, score: inProgress.length - i }));
  },
};
