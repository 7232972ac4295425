export * from './command-line.ts';
export * from './compiled-code.ts';
export * from './component.ts';
export * from './config.ts';
export * from './deadline.ts';
export * from './errors.ts';
export * from './http-route.ts';
export * from './listen-failure.ts';
export * from './logging.ts';
export * from './permits.ts';
export * from './process.ts';
export { type Revision, RevisionFolder, type RevisionFolderOptions } from './revisions/revision-folder.ts';
export * from './run-process.ts';
export type { MetricName } from './service/metric-catalogue.ts';
export type { Metrics } from './service/metrics.ts';
export {
  activeSpan,
  type BeginOptions,
  inChildSpan,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type Tracing,
} from './telemetry/span.ts';
export { makeObjectsYoung } from './young-generation.ts';
