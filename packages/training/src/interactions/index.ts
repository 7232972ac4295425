export * from './filters.ts';
export * from './interaction-builder.ts';
export * from './interactions.ts';
