/** The operations that gateways are measured with, by the names of the command line. */
import type { Scenario } from './graph.ts';
import { homeRows } from './home-rows.ts';
import { heavy, light } from './storefront.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = { light, heavy, home: homeRows };

export const SCENARIO_NAMES = Object.keys(SCENARIOS);

/** @throws TypeError naming those that there are. */
export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) {
    throw new TypeError(`there is no scenario "${name}"; there are ${SCENARIO_NAMES.join(', ')}`);
  }
  return scenario;
}
