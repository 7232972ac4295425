export { type Search, searchFor } from './search-spaces.ts';
export { type SearchSpace, type Settings, type Trial, type Tuned, type TuningOptions, tune } from './tune.ts';
