/** The commands on the response cache: from arguments to lines. */
import { MarqueeError } from '@marquee/service-kit';
import { type Purge, type PurgeTarget, purgeName } from './purge.ts';
import type { PurgeLedger } from './purge-ledger.ts';

export interface CacheInvocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: {
    readonly entity?: string | undefined;
    readonly type?: string | undefined;
    readonly profile?: string | undefined;
    readonly everything?: boolean | undefined;
    readonly note?: string | undefined;
    readonly by?: string | undefined;
    readonly json?: boolean | undefined;
  };
  readonly ledger: PurgeLedger;
  /** Where that is, for people. */
  readonly place: string;
  /** Types that can be purged: entities of the supergraph. */
  readonly entityTypes: () => Promise<ReadonlySet<string>>;
  /** Who the machine thinks is asking. */
  readonly user: string;
  readonly now: () => Date;
}

/** @returns what to print. @throws MarqueeError in words for the person at the keyboard. */
export async function runCache(invocation: CacheInvocation): Promise<readonly string[]> {
  const { command, args } = invocation;
  if (args.length > 0) {
    throw new MarqueeError('BAD_USER_INPUT', `${command} takes flags only, not "${args[0]}"; see --help`);
  }
  if (command === 'purge') return purge(invocation);
  if (command === 'history') return history(invocation);
  throw new MarqueeError('BAD_USER_INPUT', `there is no command ${command}; see --help`);
}

async function purge(invocation: CacheInvocation): Promise<readonly string[]> {
  const { flags, ledger, place, user, now } = invocation;
  const target = targetOf(flags);
  if (target.kind === 'type' || target.kind === 'entity') {
    const types = await invocation.entityTypes();
    if (!types.has(target.type)) {
      throw new MarqueeError(
        'BAD_USER_INPUT',
        `${target.type} is no entity of the supergraph, so nothing is kept by it; those are ${[...types].sort().join(', ')}`,
      );
    }
  }
  if (flags.note === undefined || flags.note.trim() === '') {
    throw new MarqueeError('BAD_USER_INPUT', '--note must say why; it stands in the history');
  }
  const added = await ledger.add({ at: now().toISOString(), by: flags.by ?? user, note: flags.note, target });
  return [
    `purge ${added.number}: ${purgeName(target)}. Gateways that follow ${place} forget it within two seconds.`,
  ];
}

function targetOf({ entity, type, profile, everything }: CacheInvocation['flags']): PurgeTarget {
  const targets: PurgeTarget[] = [
    ...(entity === undefined ? [] : [entityOf(entity)]),
    ...(type === undefined ? [] : [{ kind: 'type' as const, type }]),
    ...(profile === undefined ? [] : [{ kind: 'profile' as const, profileId: profile }]),
    ...(everything === true ? [{ kind: 'everything' as const }] : []),
  ];
  const [only, ...others] = targets;
  if (only !== undefined && others.length === 0) return only;
  throw new MarqueeError(
    'BAD_USER_INPUT',
    'say what, and one thing at a time: --entity Type:key, --type Type, --profile id or --everything',
  );
}

/** Keys may have colons of their own. */
function entityOf(text: string): PurgeTarget {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1) {
    throw new MarqueeError('BAD_USER_INPUT', `--entity: "${text}" is not Type:key, e.g. Title:tt0062622`);
  }
  return { kind: 'entity', type: text.slice(0, at), key: text.slice(at + 1) };
}

async function history({ ledger, flags }: CacheInvocation): Promise<readonly string[]> {
  const newestFirst = [...(await ledger.history())].reverse();
  if (flags.json === true) return [JSON.stringify(newestFirst, undefined, 2)];
  if (newestFirst.length === 0) return ['nothing was ever purged'];
  return newestFirst.map(line);
}

function line({ number, at, by, note, target }: Purge): string {
  return `${number}  ${at}  ${by}  ${purgeName(target)}  ${note}`;
}
