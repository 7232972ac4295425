/** What serving needs of the collaborative model: reading a version, and folding profiles in. No training code comes with it. */
export {
  type CollaborativeFactors,
  type CollaborativeModel,
  createCollaborativeModel,
  type FoldedProfile,
  openCollaborativeModel,
} from './collaborative-model.ts';
export {
  type CollaborativeManifest,
  type CollaborativeVersion,
  readCollaborativeFolder,
  readWholeCollaborative,
} from './read-collaborative-folder.ts';
