/** All lint rules, in the order of their findings. A new one is a file in `rules/` and a line here. */
import type { LintRule } from './rule.ts';
import { boundedLists } from './rules/bounded-lists.rule.ts';
import { connections } from './rules/connections.rule.ts';
import { datedDeprecations } from './rules/dated-deprecations.rule.ts';
import { described } from './rules/described.rule.ts';
import { ids, keysAreKnown } from './rules/ids.rule.ts';
import { enumNames, names } from './rules/names.rule.ts';
import {
  contributionsMayFail,
  listItemsAreThere,
  mutations,
  rootFieldsMayFail,
} from './rules/nullability.rule.ts';
import { oneOwner } from './rules/one-owner.rule.ts';
import { overrides } from './rules/overrides.rule.ts';
import { reachableTypes } from './rules/reachable-types.rule.ts';
import { knownTags, partnersSeeWhatTheyGet } from './rules/tags.rule.ts';

export const LINT_RULES: readonly LintRule[] = [
  oneOwner,
  described,
  names,
  enumNames,
  ids,
  keysAreKnown,
  reachableTypes,
  overrides,
  datedDeprecations,
  rootFieldsMayFail,
  contributionsMayFail,
  listItemsAreThere,
  boundedLists,
  connections,
  mutations,
  knownTags,
  partnersSeeWhatTheyGet,
];
