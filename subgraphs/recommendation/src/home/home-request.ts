import type { Device, ProfileId, TitleFilter, TitleId } from '@marquee/domain';
import type { Deadline } from '@marquee/service-kit';
import type { ViewerRecord } from '../erasures/viewer-records.ts';
import type { SlatePointer } from '../slates/slate-store.ts';

export interface HomeRequest {
  /** Absent: nobody in particular. */
  readonly profileId?: ProfileId | undefined;
  readonly device?: Device | undefined;
  readonly filter?: TitleFilter | undefined;
  readonly excludeTitleIds?: readonly TitleId[] | undefined;
  readonly deadline?: Deadline | undefined;
}

/** A request with what was found out about it before any page is made. */
export interface HomeTask {
  readonly request: HomeRequest;
  readonly key: string;
  readonly now: number;
  readonly deadline: Deadline;
  /** Undefined when it could not be read. */
  readonly viewer: ViewerRecord | undefined;
  readonly pointer: SlatePointer | undefined;
  /** Nobody is there yet. */
  readonly ahead?: true;
  /** Empty when the state is unknown. */
  readonly stamp: string;
}
