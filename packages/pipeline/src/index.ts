export { createPipeline } from './create-pipeline.ts';
export * from './errors.ts';
export * from './stages.ts';
