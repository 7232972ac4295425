export {
  createFeatureMaterializer,
  type FeatureMaterializer,
  type FeatureMaterializerDeps,
  type FeatureMaterializerOptions,
} from './feature-materializer.ts';
