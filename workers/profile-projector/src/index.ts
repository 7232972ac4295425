export {
  createProfileProjector,
  type ProfileProjector,
  type ProfileProjectorDeps,
  type ProfileProjectorOptions,
} from './profile-projector.worker.ts';
