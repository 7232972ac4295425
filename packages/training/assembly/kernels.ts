// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * Steps of training that threads share. Every exported function does one chunk of a phase: the first argument is the
 * chunk's number, the second the address of the thread's own scratch. It returns 0, or 1 where a matrix is not positive
 * definite. There is no static data: every instance would write it into the memory that they share. Chunks of a phase write to different places, so their order and the number of threads change nothing.
 */

export {
  lambdaRankGradients,
  logisticGradients,
  packGradients,
  squaredGradients,
} from './boosting-gradients';
export { binRows, histogramRows, mergeHistograms } from './histograms';
export { gramChunk, solveRows } from './least-squares';
export { gramRows, invertPivot, makePanel, updateTile } from './symmetric-inverse';
export { addScores, markLeaves, partitionRows, placeRows, sumLeaves } from './tree-rows';
