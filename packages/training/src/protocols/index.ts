export * from './given.protocol.ts';
export * from './leave-last-out.protocol.ts';
export * from './random.protocol.ts';
export { DROPPED, FOLD_IN, type Split, TARGET, TRAINING } from './split.ts';
export * from './temporal.protocol.ts';
