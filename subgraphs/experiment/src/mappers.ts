/** What resolvers hold for the types of the schema that are resolved field by field. */
import type { ProfileId } from '@marquee/domain';
import type { Experiment } from '@marquee/experimentation';

export type ExperimentModel = Experiment;

export interface ProfileModel {
  readonly id: ProfileId;
}
