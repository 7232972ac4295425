export * from './bootstrap.ts';
export * from './catalogue.metrics.ts';
export * from './classification.metrics.ts';
export * from './ranking.metrics.ts';
