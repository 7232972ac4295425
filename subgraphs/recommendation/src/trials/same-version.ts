/** Whether two are one version of a model; of what no model has done, neither. */
import type { ModelVersion } from '@marquee/domain';

export function isSameVersion(a: ModelVersion | undefined, b: ModelVersion | undefined): boolean {
  return a !== undefined && a.name === b?.name && a.version === b.version;
}
