/** A started recommendation subgraph and the few questions tests ask it, all through GraphQL. */
import { silentLogger, stopAll } from '@marquee/service-kit';
import {
  createRecommendationSubgraph,
  type RecommendationSubgraph,
} from '../create-recommendation-subgraph.ts';
import type { RecommendationDeps } from '../dependencies.ts';
import { requestOf } from './test-world.ts';

export interface ItemAnswer {
  readonly position: number;
  readonly title: { readonly id: string };
  readonly reason: { text: string; titles: { id: string }[]; people: { id: string }[] } | null;
  readonly trackingToken: string;
}

export interface RowAnswer {
  readonly id: string;
  readonly kind: string;
  readonly headline: string;
  readonly reason: ItemAnswer['reason'];
  readonly items: { nodes: ItemAnswer[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

export interface HomeAnswer {
  readonly slateId: string;
  readonly generatedAt: string;
  readonly rows: { nodes: RowAnswer[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  readonly degradations: { code: string; step: string; component: string; message: string }[];
  readonly modelVersions: { name: string; version: string }[];
}

export const HOME = /* GraphQL */ `
  query Home($input: HomeInput, $rows: Int = 30, $afterRow: String, $items: Int = 40, $afterItem: String) {
    home(input: $input) {
      slateId
      generatedAt
      degradations { code step component message }
      modelVersions { name version }
      rows(first: $rows, after: $afterRow) {
        nodes {
          id
          kind
          headline
          reason { text titles { id } people { id } }
          items(first: $items, after: $afterItem) {
            nodes { position title { id } reason { text titles { id } people { id } } trackingToken }
            pageInfo { hasNextPage endCursor }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;

export interface RunningSubgraph {
  readonly subgraph: RecommendationSubgraph;
  /** Data, or throws the first error with its code. */
  ask<T>(query: string, variables?: Record<string, unknown>, profileId?: string): Promise<T>;
  /** Code of the first error, or undefined. */
  refusal(
    query: string,
    variables?: Record<string, unknown>,
    profileId?: string,
  ): Promise<string | undefined>;
  home(profileId?: string, variables?: Record<string, unknown>): Promise<HomeAnswer>;
  stop(): Promise<void>;
}

export async function runSubgraph(deps: RecommendationDeps): Promise<RunningSubgraph> {
  const subgraph = createRecommendationSubgraph(deps);
  for (const component of subgraph.components) await component.start();
  const execute = (query: string, variables: Record<string, unknown> = {}, profileId?: string) =>
    subgraph.execute({ query, variables, context: requestOf(profileId) });
  const running: RunningSubgraph = {
    subgraph,
    async ask<T>(query: string, variables?: Record<string, unknown>, profileId?: string) {
      const { data, errors } = await execute(query, variables, profileId);
      if (errors !== undefined) throw new Error(`${errors[0]!.extensions.code}: ${errors[0]!.message}`);
      // Plain objects, so that answers compare with toEqual.
      return JSON.parse(JSON.stringify(data)) as T;
    },
    async refusal(query, variables, profileId) {
      const { errors } = await execute(query, variables, profileId);
      return errors?.[0]?.extensions.code as string | undefined;
    },
    async home(profileId, variables) {
      return (await running.ask<{ home: HomeAnswer }>(HOME, variables, profileId)).home;
    },
    async stop() {
      const unclean = await stopAll(subgraph.components, silentLogger, 5_000);
      if (unclean.length > 0) throw new Error(`did not stop: ${unclean.join(', ')}`);
    },
  };
  return running;
}

export function titleIdsOf(home: HomeAnswer): string[] {
  return home.rows.nodes.flatMap((row) => row.items.nodes.map((item) => item.title.id));
}
