/** What serving needs of the towers: reading a version, and the rows that they are fed with. No training code comes with it. */
export { readTowers, type Towers } from './read-towers.ts';
export { contentOf, type DescribedTitle } from './title-content.ts';
export { isFilledBy, titleVectorsBy, towerCollectionName, towerEmbedding } from './tower-embedding.ts';
export { titleFolderOf } from './tower-folders.ts';
export { towerHistory } from './tower-history.ts';
