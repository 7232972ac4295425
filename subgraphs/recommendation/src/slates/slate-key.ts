/** What a slate answers, and as of when: two requests with equal key and stamp get the same slate. */
import { hash } from 'node:crypto';
import type { Device, ModelVersion, ProfileId, TitleFilter, TitleId } from '@marquee/domain';

export interface HomeQuestion {
  readonly profileId?: ProfileId | undefined;
  readonly device?: Device | undefined;
  readonly filter?: TitleFilter | undefined;
  readonly excludeTitleIds?: readonly TitleId[] | undefined;
}

export function homeKey({ profileId, device, filter, excludeTitleIds }: HomeQuestion): string {
  const sorted = (list: readonly string[] | undefined) =>
    list === undefined ? null : [...new Set(list)].sort();
  const question = [
    profileId ?? null,
    device ?? null,
    sorted(filter?.genreIds),
    sorted(filter?.kinds),
    filter?.releasedFrom ?? null,
    filter?.releasedTo ?? null,
    filter?.maxRuntimeMinutes ?? null,
    filter?.maxMaturity ?? null,
    sorted(excludeTitleIds),
  ];
  return hash('sha256', JSON.stringify(question), 'base64url');
}

/** Differs as soon as the viewer did something, another model answers, or an experiment moved. */
export function stampOf(
  revision: number,
  models: readonly (ModelVersion | undefined)[],
  assignments: Readonly<Record<string, string>>,
): string {
  const arms = Object.entries(assignments).sort(([a], [b]) => (a < b ? -1 : 1));
  const versions = models.map((model) => (model === undefined ? null : [model.name, model.version]));
  return JSON.stringify([revision, versions, arms]);
}
