import { requireViewer } from '@marquee/service-kit/subgraph';
import type { MutationResolvers } from '../../__generated__/resolvers-types.ts';

const recordEvents: MutationResolvers['recordEvents'] = (_parent, { input }, { feedback, request }) =>
  feedback.record(requireViewer(request).profileId, input.events, request.deadline);

export const feedbackResolvers = { Mutation: { recordEvents } };
