/** The commands on partners: from arguments to lines. A key's text leaves this process once, as one of them. */
import type { randomBytes } from 'node:crypto';
import type { Clock } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { instantOf, secondsOf } from '../revisions/instant.ts';
import type { DocumentPolicy } from '../trusted-documents/document-policy.ts';
import { type MadeKey, makeApiKey } from './api-key.ts';
import { isEnvironment, keyState, type Partner, type PartnerKey, type Quota } from './partner.ts';
import {
  partnerFolder,
  withChangedPartner,
  withKey,
  withPartner,
  withRevokedKey,
  withRotatedKey,
} from './partner-book.ts';

export interface PartnersInvocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: Readonly<
    Partial<
      Record<
        'rate' | 'cost' | 'policy' | 'scopes' | 'contract' | 'environment' | 'expires' | 'overlap' | 'note',
        string | undefined
      >
    >
  > & { readonly json?: boolean | undefined };
  readonly folder: string;
  readonly random: typeof randomBytes;
  readonly clock: Clock;
}

const DEFAULT_RATE = '600/1m';
const DEFAULT_OVERLAP = '7d';
const NONE = 'none';

/** @returns what to print. @throws MarqueeError in words for the person at the keyboard. */
export async function runPartners(invocation: PartnersInvocation): Promise<readonly string[]> {
  const { command } = invocation;
  if (command === 'add') return add(invocation);
  if (command === 'change') return change(invocation);
  if (command === 'issue') return issue(invocation);
  if (command === 'rotate') return rotate(invocation);
  if (command === 'revoke') return revoke(invocation);
  if (command === 'list') return list(invocation);
  throw new MarqueeError('BAD_USER_INPUT', `there is no command ${command}; see --help`);
}

async function add(invocation: PartnersInvocation): Promise<readonly string[]> {
  const { rate = DEFAULT_RATE, cost, policy = 'ids', scopes = '', contract } = invocation.flags;
  const partner: Partner = {
    name: argument(invocation, "a partner's name"),
    policy: policy as DocumentPolicy,
    scopes: listed(scopes),
    ...(contract !== undefined && { contract }),
    rateLimit: quotaOf('--rate', rate),
    ...(cost !== undefined && { costBudget: quotaOf('--cost', cost) }),
    keys: [],
  };
  const { revision } = await partnerFolder(invocation.folder).change((book) => withPartner(book, partner));
  return [`added ${partner.name}: revision ${revision}. It has no key yet; see \`issue\`.`];
}

/** Limits count on in the window that is running: a raised one holds at once, a lowered one, too. */
async function change(invocation: PartnersInvocation): Promise<readonly string[]> {
  const name = argument(invocation, "a partner's name");
  const { rate, cost, policy, scopes, contract } = invocation.flags;
  if ([rate, cost, policy, scopes, contract].every((flag) => flag === undefined)) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      'change needs at least one of --rate, --cost, --policy, --scopes, --contract',
    );
  }
  const { revision } = await partnerFolder(invocation.folder).change((book) =>
    withChangedPartner(book, name, ({ costBudget, contract: before, ...partner }) => {
      const budget = cost === undefined ? costBudget : cost === NONE ? undefined : quotaOf('--cost', cost);
      const variant = contract === undefined ? before : contract === NONE ? undefined : contract;
      return {
        ...partner,
        ...(rate !== undefined && { rateLimit: quotaOf('--rate', rate) }),
        ...(policy !== undefined && { policy: policy as DocumentPolicy }),
        ...(scopes !== undefined && { scopes: listed(scopes) }),
        ...(budget !== undefined && { costBudget: budget }),
        ...(variant !== undefined && { contract: variant }),
      };
    }),
  );
  return [`changed ${name}: revision ${revision}`];
}

function listed(scopes: string): string[] {
  return scopes.split(',').filter((scope) => scope !== '');
}

async function issue(invocation: PartnersInvocation): Promise<readonly string[]> {
  const name = argument(invocation, "a partner's name");
  const { made, key } = newKey(invocation);
  await partnerFolder(invocation.folder).change((book) => withKey(book, name, key));
  return secretLines(name, made, key);
}

async function rotate(invocation: PartnersInvocation): Promise<readonly string[]> {
  const name = argument(invocation, "a partner's name");
  const overlap = secondsOf('--overlap', invocation.flags.overlap ?? DEFAULT_OVERLAP);
  const { made, key } = newKey(invocation);
  let ending: readonly PartnerKey[] = [];
  await partnerFolder(invocation.folder).change((book) => {
    const rotated = withRotatedKey(book, name, key, overlap);
    ending = rotated.ending;
    return rotated.book;
  });
  return [
    ...secretLines(name, made, key),
    ...ending.map(({ id, expiresAt }) => `${id} works until ${instant(expiresAt ?? 0)}`),
  ];
}

async function revoke(invocation: PartnersInvocation): Promise<readonly string[]> {
  const keyId = argument(invocation, "a key's id");
  await partnerFolder(invocation.folder).change((book) => withRevokedKey(book, keyId, now(invocation)));
  return [`revoked ${keyId}`];
}

async function list(invocation: PartnersInvocation): Promise<readonly string[]> {
  const { revision, value } = await partnerFolder(invocation.folder).latest();
  const at = now(invocation);
  if (invocation.flags.json) {
    const partners = value.map((partner) => ({
      ...partner,
      keys: partner.keys.map(({ hash: _, ...key }) => ({ ...key, state: keyState(key as PartnerKey, at) })),
    }));
    return [JSON.stringify({ revision, partners }, undefined, 2)];
  }
  if (value.length === 0) return ['no partners'];
  return value.flatMap(({ name, policy, contract, rateLimit, costBudget, keys }) => [
    `${name}: ${policy}, ${contract ?? 'the whole graph'}, ${written(rateLimit)} requests${costBudget === undefined ? '' : `, ${written(costBudget)} cost`}`,
    ...keys.map((key) => {
      const ends = key.expiresAt === undefined ? '' : `, ends ${instant(key.expiresAt)}`;
      return `  ${key.id}  ${key.environment}  ${keyState(key, at)}${ends}${key.note === undefined ? '' : `  ${key.note}`}`;
    }),
  ]);
}

function newKey(invocation: PartnersInvocation): { readonly made: MadeKey; readonly key: PartnerKey } {
  const { environment = '', expires, note } = invocation.flags;
  if (!isEnvironment(environment)) {
    throw new MarqueeError('BAD_USER_INPUT', '--environment must say where the key works, e.g. production');
  }
  const issuedAt = now(invocation);
  const made = makeApiKey(environment, invocation.random);
  const expiresAt = expires === undefined ? undefined : endOf(expires, issuedAt);
  const { id, hash } = made;
  const ends = expiresAt === undefined ? {} : { expiresAt };
  return { made, key: { id, hash, environment, issuedAt, ...ends, ...(note !== undefined && { note }) } };
}

function endOf(text: string, from: number): number {
  const end = /^\d+[smhd]$/.test(text) ? from + secondsOf('--expires', text) : instantOf('--expires', text);
  if (end <= from) throw new MarqueeError('BAD_USER_INPUT', '--expires lies in the past');
  return end;
}

function secretLines(name: string, { text }: MadeKey, { id, environment, expiresAt }: PartnerKey): string[] {
  const ends = expiresAt === undefined ? 'does not expire' : `works until ${instant(expiresAt)}`;
  return [text, `${id} of ${name} for ${environment} ${ends}. The line above is not shown again.`];
}

function quotaOf(flag: string, text: string): Quota {
  const [, limit, time] = /^(\d{1,9})\/(\d+[smhd])$/.exec(text) ?? [];
  if (limit === undefined || time === undefined) {
    throw new MarqueeError('BAD_USER_INPUT', `${flag} must be an amount per time, like 600/1m`);
  }
  return { limit: Number(limit), windowSeconds: secondsOf(flag, time) };
}

function written({ limit, windowSeconds }: Quota): string {
  return `${limit}/${windowSeconds}s`;
}

function argument({ command, args }: PartnersInvocation, what: string): string {
  const [only, ...others] = args;
  if (only === undefined || others.length > 0) {
    throw new MarqueeError('BAD_USER_INPUT', `${command} needs ${what} and nothing else; see --help`);
  }
  return only;
}

function now({ clock }: PartnersInvocation): number {
  return Math.floor(clock.now() / 1000);
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
