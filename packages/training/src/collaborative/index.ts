/** What serving needs of the collaborative model: reading a version, and folding profiles in. No training code comes with it. */
export {
  type CollaborativeModel,
  createCollaborativeModel,
  type FoldedProfile,
} from './collaborative-model.ts';
export { type CollaborativeManifest, readCollaborativeFolder } from './read-collaborative-folder.ts';
