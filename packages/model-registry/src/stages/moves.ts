/** The stage machine: which moves there are, as pure functions from one state to the next. */
import { MarqueeError } from '@marquee/service-kit';
import {
  type Move,
  productionOf,
  type RegistryRecord,
  type RegistryState,
  type Stage,
} from './registry-state.ts';

/** Who, when and why; every move has all three. */
export interface MoveNote {
  readonly by: string;
  readonly why: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A version whose folder was found whole. */
export interface KnownVersion {
  readonly name: string;
  readonly checksum: string;
}

export interface Promotion extends MoveNote {
  readonly to: 'shadow' | 'canary' | 'production';
  readonly evidence: unknown;
  /** Against the gates. */
  readonly forced: boolean;
  /** Of the profiles, for a canary. Default DEFAULT_CANARY_SHARE. */
  readonly share?: number | undefined;
}

export const DEFAULT_CANARY_SHARE = 0.1;

const MAY_BECOME: Readonly<Record<Stage, readonly Stage[]>> = {
  candidate: ['shadow', 'canary', 'production', 'archived'],
  shadow: ['canary', 'production', 'archived'],
  canary: ['production', 'archived'],
  // It leaves production when another one takes its place, never by itself.
  production: [],
  archived: ['shadow', 'canary', 'production'],
};

/** What was rolled away from is not what the next rollback goes to; older ones than these are found in the records. */
const FORMER_PRODUCTIONS = 20;

/** Makes a trained version known. @throws MarqueeError CONFLICT when it is. */
export function register(state: RegistryState, version: KnownVersion, note: MoveNote): RegistryRecord {
  if (state.versions[version.name] !== undefined) throw refused(`${version.name} is registered already`);
  return place(state, version, 'candidate', { ...note, kind: 'register' });
}

/**
 * Takes over what a world or an installation serves without the registry having been asked. A pinned version stays; what came is a
 * candidate then.
 */
export function adopt(state: RegistryState, version: KnownVersion, note: MoveNote): RegistryRecord {
  if (state.pinned !== null && state.pinned !== version.name) return register(state, version, note);
  return place(state, version, 'production', { ...note, kind: 'adopt' });
}

/** @throws MarqueeError CONFLICT when the stage machine has no such move, or another version is pinned. */
export function promote(state: RegistryState, version: KnownVersion, promotion: Promotion): RegistryRecord {
  const from = state.versions[version.name]?.stage ?? 'candidate';
  if (!MAY_BECOME[from].includes(promotion.to)) {
    throw refused(`${version.name} is in stage ${from}, which does not lead to ${promotion.to}`);
  }
  if (promotion.to === 'production' && state.pinned !== null && state.pinned !== version.name) {
    throw refused(`${state.pinned} is pinned; unpin it first`);
  }
  const { to, share = DEFAULT_CANARY_SHARE, ...rest } = promotion;
  const others = to === 'canary' ? Object.entries(state.versions) : [];
  const rival = others.find(([name, { stage }]) => stage === 'canary' && name !== version.name)?.[0];
  // Whom two canaries would serve, and whose outcomes are whose, nobody could say.
  if (rival !== undefined) throw refused(`${rival} is the canary already`);
  return place(state, version, to, { ...rest, kind: 'promote', ...(to === 'canary' && { share }) });
}

/** On its way to production, and stopped: by the gates, in shadow or as canary. @throws MarqueeError CONFLICT elsewhere. */
export function reject(
  state: RegistryState,
  version: KnownVersion,
  note: MoveNote & { readonly evidence: unknown },
): RegistryRecord {
  const from = state.versions[version.name]?.stage ?? 'candidate';
  if (from === 'production' || from === 'archived') throw refused(`${version.name} is in stage ${from}`);
  return place(state, version, 'archived', { ...note, kind: 'reject' });
}

/** What a rollback would go to: the named one, else what was in production last. @throws MarqueeError CONFLICT, NOT_FOUND */
export function rollbackTarget(state: RegistryState, to?: string): string {
  const target = to ?? state.formerProductions.at(-1);
  if (target === undefined)
    throw refused('nothing was in production before: there is nothing to roll back to');
  if (!state.formerProductions.includes(target)) {
    throw new MarqueeError('NOT_FOUND', `${target} was not in production before; promote is for others`);
  }
  return target;
}

/** Takes production back. Always possible while there is something to go back to: a pin is taken off by it. */
export function rollback(state: RegistryState, target: KnownVersion, note: MoveNote): RegistryRecord {
  rollbackTarget(state, target.name);
  const record = place({ ...state, pinned: null }, target, 'production', { ...note, kind: 'rollback' });
  const last = state.formerProductions.lastIndexOf(target.name);
  const formerProductions = state.formerProductions.slice(0, last);
  return { ...record, state: { ...record.state, formerProductions } };
}

/** Holds what is in production there. @throws MarqueeError CONFLICT when another one is in production. */
export function pin(state: RegistryState, version: KnownVersion, note: MoveNote): RegistryRecord {
  const production = productionOf(state);
  if (production !== version.name) {
    throw refused(`${production ?? 'nothing'} is in production; only what is in production can be pinned`);
  }
  return {
    move: moveOf(version.name, 'production', 'production', { ...note, kind: 'pin' }),
    state: { ...state, pinned: version.name },
  };
}

/** @throws MarqueeError CONFLICT when nothing is pinned. */
export function unpin(state: RegistryState, note: MoveNote): RegistryRecord {
  if (state.pinned === null) throw refused('nothing is pinned');
  return {
    move: moveOf(state.pinned, 'production', 'production', { ...note, kind: 'unpin' }),
    state: { ...state, pinned: null },
  };
}

/** @throws MarqueeError CONFLICT for the version in production, or one that is archived. */
export function archive(state: RegistryState, version: KnownVersion, note: MoveNote): RegistryRecord {
  const from = state.versions[version.name]?.stage ?? 'candidate';
  if (!MAY_BECOME[from].includes('archived')) throw refused(`${version.name} is in stage ${from}`);
  return place(state, version, 'archived', { ...note, kind: 'archive' });
}

type Particulars = MoveNote &
  Pick<Move, 'kind'> &
  Partial<Pick<Move, 'evidence' | 'forced'>> & { readonly share?: number };

function place(
  state: RegistryState,
  { name, checksum }: KnownVersion,
  to: Stage,
  particulars: Particulars,
): RegistryRecord {
  const known = state.versions[name];
  if (known !== undefined && known.checksum !== checksum) {
    throw new MarqueeError('MODEL_INCOMPATIBLE', `${name} is not the file that was recorded`);
  }
  const since = particulars.at;
  const { share } = particulars;
  const placed = { stage: to, checksum, since, ...(share !== undefined && { share }) };
  const versions = { ...state.versions, [name]: placed };
  const before = productionOf(state);
  const displaced = to === 'production' && before !== undefined && before !== name ? before : null;
  if (displaced !== null) versions[displaced] = { ...versions[displaced]!, stage: 'archived', since };
  const formerProductions =
    displaced === null
      ? state.formerProductions
      : [...state.formerProductions, displaced].slice(-FORMER_PRODUCTIONS);
  return {
    move: { ...moveOf(name, known?.stage ?? null, to, particulars), displaced },
    state: { ...state, versions, formerProductions },
  };
}

function moveOf(version: string, from: Stage | null, to: Stage, particulars: Particulars): Move {
  const { kind, at, by, why, evidence = null, forced = false } = particulars;
  return { kind, version, from, to, displaced: null, at, by, why, forced, evidence };
}

function refused(message: string): MarqueeError {
  return new MarqueeError('CONFLICT', message);
}
