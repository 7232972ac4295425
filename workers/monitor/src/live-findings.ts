/** What only a running installation can be asked: how far consumers are behind, and how old the lists are. */
import type { Clock } from '@marquee/domain';
import { DEFAULT_SEGMENT, SECOND_MS } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { listIds, titleListView } from '@marquee/features';
import { type Finding, found, withoutData } from './checks/finding.ts';

export interface LiveDeps {
  readonly store: Pick<KeyValueStore, 'getMany'>;
  readonly clock: Clock;
  /** By name of the consumer, events that it has not handled; undefined where that cannot be asked. */
  consumerLags(): Promise<Readonly<Record<string, number | undefined>>>;
}

export async function liveFindings(deps: LiveDeps): Promise<readonly Finding[]> {
  return [await lag(deps), await listAge(deps)];
}

async function lag({ consumerLags }: LiveDeps): Promise<Finding> {
  const lags = Object.entries(await consumerLags());
  const known = lags.flatMap(([name, events]) => (events === undefined ? [] : [{ name, events }]));
  const [worst] = known.sort((a, b) => b.events - a.events);
  if (worst === undefined) return withoutData('consumer-lag', 'no consumer could be asked');
  const silent = lags.length - known.length;
  return found(
    'consumer-lag',
    worst.events,
    `${worst.name}${silent === 0 ? '' : `; ${silent} could not be asked`}`,
  );
}

async function listAge({ store, clock }: LiveDeps): Promise<Finding> {
  const [blob] = await store.getMany([titleListView.key(listIds.popular(DEFAULT_SEGMENT))]);
  const list = titleListView.decode(blob);
  if (list === undefined) return withoutData('list-age', 'there is no list of popular titles');
  const seconds = (clock.now() - list.generatedAt) / SECOND_MS;
  return found('list-age', seconds, `made ${new Date(list.generatedAt).toISOString()}`);
}
