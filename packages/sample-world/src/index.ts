/**
 * The sample world: real film titles, a made-up audience whose tastes are known exactly, and a synthetic
 * catalogue for benchmarks. Everything is a pure function of a seed and `now`; the only file read is the
 * films' data set. The ground truth is documented in this package's README.
 */

export type { Audience, AudienceOptions, HistoryOptions } from './audience/create-audience.ts';
export { createAudience } from './audience/create-audience.ts';
export { examinationProbability } from './audience/examination.ts';
export type {
  ClientAction,
  LiveClient,
  LiveClientOptions,
  PageItem,
  Visit,
} from './audience/live-client.ts';
export type { Persona } from './audience/personas.ts';
export { PERSONAS } from './audience/personas.ts';
export type { WatchContext } from './audience/watch-model.ts';
export type { CatalogueReport, SampleCatalogue } from './catalogue/build-sample-catalogue.ts';
export { buildSampleCatalogue } from './catalogue/build-sample-catalogue.ts';
export type { SyntheticCatalogue, SyntheticCatalogueOptions } from './catalogue/synthetic-catalogue.ts';
export { syntheticCatalogue } from './catalogue/synthetic-catalogue.ts';
