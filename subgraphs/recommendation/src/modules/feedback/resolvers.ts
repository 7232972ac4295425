import { requireViewer } from '@marquee/service-kit/subgraph';
import type { MutationResolvers } from '../../__generated__/resolvers-types.ts';
import { changesPages } from './feedback-service.ts';

const recordEvents: MutationResolvers['recordEvents'] = (_parent, { input }, { feedback, request }, info) => {
  // Of several fields in one mutation another one may change something.
  const isAlone = info.operation.selectionSet.selections.length === 1;
  if (isAlone && !changesPages(input.events)) request.keeping?.changedNothing();
  return feedback.record(requireViewer(request).profileId, input.events, request.deadline);
};

export const feedbackResolvers = { Mutation: { recordEvents } };
