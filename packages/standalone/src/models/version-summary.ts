/** One version as `npm run models -- list` shows it: what is recorded of it and what its folder says now. */
import type { RegistryState, Stage } from '@marquee/model-registry';
import type { LineRegistry } from './model-lines.ts';

export interface VersionSummary {
  /** Name of its folder. */
  readonly version: string;
  readonly stage: Stage;
  /** When it came to this stage; undefined for one that was never moved. */
  readonly since: string | undefined;
  readonly trainedTo: string | undefined;
  /** Of the manifest. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly pinned: boolean;
  /** Why it could not be loaded; undefined when it could. */
  readonly problem: string | undefined;
  readonly remarks: readonly string[];
}

/** @param inForce what is served as far as is known without the registry */
export async function summarise(
  registry: LineRegistry,
  state: RegistryState,
  version: string,
  inForce: string | undefined,
): Promise<VersionSummary> {
  const recorded = state.versions[version];
  // A registry that was never asked to move anything knows nothing: what serves is in production all the same.
  const stage = recorded?.stage ?? (version === inForce ? 'production' : 'candidate');
  const pinned = state.pinned === version;
  const share = recorded?.share;
  const known = [
    ...(pinned ? ['pinned'] : []),
    ...(share === undefined ? [] : [`serves ${(100 * share).toFixed(0)} % of the profiles`]),
  ];
  try {
    const { manifest } = await registry.verify(version);
    return {
      ...{ version, stage, since: recorded?.since, trainedTo: manifest.trainingWindow.to },
      metrics: manifest.metrics,
      pinned,
      problem: undefined,
      remarks: [...known, ...(recorded === undefined ? ['not recorded yet'] : [])],
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return {
      ...{ version, stage, since: recorded?.since, trainedTo: undefined, metrics: {} },
      pinned,
      problem,
      remarks: [...known, `refused: ${problem}`],
    };
  }
}
