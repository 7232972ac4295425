/** What resolvers call; one of each per process. */
import type { Clock } from '@marquee/domain';
import type { Profiles } from '@marquee/profiles';
import type { ErasureFollower } from './modules/privacy/erasure-follower.ts';
import type { ProfileLog } from './profile-log.ts';

export interface UserProfileServices {
  readonly profiles: Profiles;
  readonly log: ProfileLog;
  readonly erasures: ErasureFollower;
  readonly clock: Clock;
}
