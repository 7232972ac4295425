export * from './artwork.view.ts';
export * from './page-row.view.ts';
export * from './profile-state.view.ts';
export * from './store-slot-groups.ts';
export * from './title-list.view.ts';
export * from './title-neighbours.view.ts';
export * from './title-popularity.view.ts';
export * from './title-popularity-shard.view.ts';
