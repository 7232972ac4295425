/** All inputs of the attack table, in its order. */
import type { Attack } from './attack.ts';
import { directAttacks } from './direct.attacks.ts';
import { documentAttacks } from './document.attacks.ts';
import { httpAttacks } from './http.attacks.ts';
import { http2Attacks } from './http2.attacks.ts';
import { identityAttacks } from './identity.attacks.ts';
import { subgraphAttacks } from './subgraph.attacks.ts';

/** By what they go for; each kind is measured by itself. */
export const ATTACKS: readonly (readonly Attack[])[] = [
  documentAttacks,
  identityAttacks,
  directAttacks,
  httpAttacks,
  http2Attacks,
  subgraphAttacks,
];
