export { DEFAULT_POLICY, type Engagement, engagementView, type LapsePolicy } from './engagement.ts';
export { makeDigest } from './make-digest.ts';
export {
  createReEngagement,
  RE_ENGAGEMENT,
  type ReEngagement,
  type ReEngagementDeps,
  type ReEngagementOptions,
} from './re-engagement.worker.ts';
