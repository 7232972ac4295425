/** Query plans beside answers, for clients that ask for them by header. */
import { prettyFormatQueryPlan, type QueryPlan } from '@apollo/query-planner';
import type { ClientHeaders } from '../data-source/data-source.ts';

/** Any value of these asks for the plan, in this extension of the answer; the second are Apollo's names. */
const PLAN_HEADERS = [
  ['marquee-query-plan', 'queryPlan'],
  ['apollo-query-plan-experimental', '__queryPlanExperimental'],
] as const;

/** @returns the name of the extension; undefined where the plan is not asked for. */
export function planExtension(headers: ClientHeaders | undefined): string | undefined {
  return PLAN_HEADERS.find(([header]) => headers?.get(header))?.[1];
}

export function planText(plan: QueryPlan): string {
  return prettyFormatQueryPlan(plan);
}
