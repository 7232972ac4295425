export {
  createProfileProjector,
  PROFILE_PROJECTOR,
  type ProfileProjectorDeps,
} from './profile-projector.worker.ts';
