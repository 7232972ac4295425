export type { CatalogueLookup } from './catalogue-lookup.ts';
export { createUserProfileSubgraph, type UserProfileDeps } from './user-profile-subgraph.ts';
