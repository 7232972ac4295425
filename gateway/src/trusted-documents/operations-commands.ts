/** The commands on the registry: from arguments to lines. */
import type { Clock } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { dayOf, instantOf } from '../revisions/instant.ts';
import { parseManifest } from './manifest.ts';
import {
  deprecated,
  findOneRegistered,
  findRegistered,
  operationRegistry,
  published,
  type RegisteredOperation,
  type RegistryState,
  retired,
} from './operation-registry.ts';
import { type GraphSources, publicationGraph, refuseInvalid } from './publication-graph.ts';
import { registryDifferences } from './registry-differences.ts';
import { readUsage } from './usage-file.ts';

interface OperationsFlags {
  readonly client?: string | undefined;
  readonly version?: string | undefined;
  readonly contract?: string | undefined;
  readonly sunset?: string | undefined;
  readonly reason?: string | undefined;
  readonly link?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface OperationsInvocation extends GraphSources {
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: OperationsFlags;
  /** Folder. */
  readonly registry: string;
  readFile(path: string): Promise<string>;
  readonly clock: Clock;
}

const CLIENT = /^(\*|[\w .@/-]{1,64})$/;

/** A flag that is not heard would be a wish that nobody fulfils: `retire --sunset` ends an operation at once. */
const FLAGS: Readonly<Record<string, readonly (keyof OperationsFlags)[]>> = {
  publish: ['client', 'version', 'contract'],
  list: ['client', 'json'],
  usage: [],
  show: [],
  deprecate: ['sunset', 'reason', 'link'],
  retire: ['reason'],
  history: [],
  rollback: [],
};

/** @returns what to print. @throws MarqueeError in words for the person at the keyboard. */
export async function runOperations(invocation: OperationsInvocation): Promise<readonly string[]> {
  const { command } = invocation;
  refuseUnheard(invocation);
  if (command === 'publish') return publish(invocation);
  if (command === 'list') return list(invocation);
  if (command === 'usage') return usageRecords(invocation);
  if (command === 'show') return show(invocation);
  if (command === 'deprecate' || command === 'retire') return end(invocation);
  if (command === 'history') return history(invocation);
  return rollback(invocation);
}

/** @throws MarqueeError BAD_USER_INPUT, for an unknown command too. */
function refuseUnheard({ command, flags }: OperationsInvocation): void {
  const heard = Object.hasOwn(FLAGS, command) ? FLAGS[command] : undefined;
  if (heard === undefined) {
    throw new MarqueeError('BAD_USER_INPUT', `there is no command ${command}; see --help`);
  }
  const unheard = (Object.keys(flags) as (keyof OperationsFlags)[]).find(
    (flag) => flags[flag] !== undefined && !heard.includes(flag),
  );
  if (unheard === undefined) return;
  throw new MarqueeError('BAD_USER_INPUT', `${command} does not hear --${unheard}; see --help`);
}

async function publish(invocation: OperationsInvocation): Promise<readonly string[]> {
  const { client = '', version = '' } = invocation.flags;
  if (!CLIENT.test(client) || version === '') {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      'publish needs --client and --version: who uses these operations?',
    );
  }
  const { format, operations } = parseManifest(await invocation.readFile(argument(invocation, 'a manifest')));
  if (operations.length === 0) {
    throw new MarqueeError('BAD_USER_INPUT', 'nothing was published; the manifest holds no operation');
  }
  const graph = await publicationGraph(invocation, client);
  refuseInvalid(graph, operations);
  const at = now(invocation);
  let before = 0;
  const { revision, value } = await operationRegistry(invocation.registry).change((state) => {
    before = state.length;
    return published(state, operations, { client, version, at });
  });
  const over = graph.contract === undefined ? '' : `, valid over the contract ${graph.contract}`;
  return [
    `published ${operations.length} operations (${format}) for ${client} ${version}${over}: ${value.length - before} new, revision ${revision}`,
  ];
}

async function list(invocation: OperationsInvocation): Promise<readonly string[]> {
  const { client, json } = invocation.flags;
  const { revision, value } = await operationRegistry(invocation.registry).latest();
  const usage = await readUsage(invocation.registry);
  const operations = value
    .filter(({ publications }) => client === undefined || publications.some((each) => each.client === client))
    .map((operation) => ({
      ...operation,
      runs: usage
        .filter(({ id }) => id === operation.id)
        .map(({ client: by, version, count, lastAt }) => ({ client: by, version, count, lastAt })),
    }));
  if (json) return [JSON.stringify({ revision, operations }, undefined, 2)];
  if (operations.length === 0) return ['no operations'];
  return operations.map((operation) => {
    const { id, name, publications, runs } = operation;
    const by = publications.map((each) => `${each.client} ${each.version}`).join(', ');
    const count = runs.reduce((sum, run) => sum + run.count, 0);
    return `${id.length > 20 ? id.slice(0, 12) : id}  ${name ?? '(anonymous)'}  ${by}  ${count} runs${stateOf(operation)}`;
  });
}

/** As `npm run schema -- check --usage` reads it: what was published counts as used until it is retired. */
async function usageRecords(invocation: OperationsInvocation): Promise<readonly string[]> {
  const { value } = await operationRegistry(invocation.registry).latest();
  const runs = await readUsage(invocation.registry);
  const records = value
    .filter(({ retirement }) => retirement === undefined)
    .flatMap(({ id, name, text, publications }) => {
      const counted = runs.filter((run) => run.id === id);
      const unseen = publications.filter(
        ({ client, version }) => !counted.some((run) => run.client === client && run.version === version),
      );
      const uses = [
        ...counted,
        ...unseen.map(({ client, version }) => ({ client, version, count: undefined })),
      ];
      return uses.map(({ client, version, count }) => ({
        operation: name ?? id,
        document: text,
        client,
        version,
        ...(count !== undefined && { count }),
      }));
    });
  return [JSON.stringify(records, undefined, 2)];
}

async function show(invocation: OperationsInvocation): Promise<readonly string[]> {
  const { value } = await operationRegistry(invocation.registry).latest();
  return findRegistered(value, argument(invocation, 'an id or name')).flatMap((operation) => [
    `# ${operation.id}${stateOf(operation)}`,
    ...operation.publications.map((each) => `# ${each.client} ${each.version}, ${dayOf(each.at)}`),
    operation.text,
  ]);
}

async function end(invocation: OperationsInvocation): Promise<readonly string[]> {
  const { sunset, reason, link } = invocation.flags;
  const at = now(invocation);
  const wanted = argument(invocation, 'an id or name');
  const given = { at, ...(reason !== undefined && { reason }) };
  let found: RegisteredOperation | undefined;
  const { revision } = await operationRegistry(invocation.registry).change((state) => {
    found = findOneRegistered(state, wanted);
    return invocation.command === 'retire'
      ? retired(state, found.id, given)
      : deprecated(state, found.id, {
          ...given,
          ...(sunset !== undefined && { sunset: instantOf('--sunset', sunset) }),
          ...(link !== undefined && { link: address(link) }),
        });
  });
  return [`${invocation.command}d ${found?.name ?? '(anonymous)'} ${found?.id}: revision ${revision}`];
}

async function history(invocation: OperationsInvocation): Promise<readonly string[]> {
  const folder = operationRegistry(invocation.registry);
  const revisions = await folder.revisions();
  if (revisions.length === 0) return ['nothing was published yet'];
  const lines: string[] = [];
  // Of the oldest that is kept nobody knows what was before, but of the first.
  let before: RegistryState | undefined = revisions[0] === 1 ? [] : undefined;
  // One after the other: each may be as large as a registry can be.
  for (const revision of revisions) {
    const value = await usable(folder.at(revision));
    if (value === undefined) lines.push(`${revision}  is damaged and cannot be gone back to`);
    else {
      const said = before === undefined ? [] : registryDifferences(before, value);
      lines.push([`${revision}  ${count(value.length)}`, ...said].join('; '));
    }
    before = value;
  }
  return lines;
}

async function usable(read: Promise<{ readonly value: RegistryState }>): Promise<RegistryState | undefined> {
  try {
    return (await read).value;
  } catch (error) {
    if (error instanceof MarqueeError && error.code === 'DATA_CORRUPT') return undefined;
    throw error;
  }
}

const count = (operations: number): string => `${operations} operation${operations === 1 ? '' : 's'}`;

async function rollback(invocation: OperationsInvocation): Promise<readonly string[]> {
  const folder = operationRegistry(invocation.registry);
  const wanted = argument(invocation, 'a revision');
  if (!/^\d{1,8}$/.test(wanted)) {
    throw new MarqueeError('BAD_USER_INPUT', `"${wanted}" is not the number of a revision; see history`);
  }
  const { value } = await folder.at(Number(wanted));
  const { revision } = await folder.change(() => value);
  return [`${value.length} operations are in force again: revision ${revision}`];
}

function stateOf({ deprecation, retirement }: RegisteredOperation): string {
  if (retirement !== undefined) return `  retired ${dayOf(retirement.at)}`;
  if (deprecation === undefined) return '';
  const until = deprecation.sunset === undefined ? '' : `, sunset ${dayOf(deprecation.sunset)}`;
  return `  deprecated ${dayOf(deprecation.at)}${until}`;
}

function argument({ command, args }: OperationsInvocation, what: string): string {
  const [only, ...others] = args;
  if (only === undefined || others.length > 0) {
    throw new MarqueeError('BAD_USER_INPUT', `${command} needs ${what} and nothing else; see --help`);
  }
  return only;
}

/** Goes into a header, between angle brackets. */
function address(link: string): string {
  const url = URL.parse(link);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new MarqueeError('BAD_USER_INPUT', '--link must be an address that begins with http or https');
  }
  return url.href;
}

function now({ clock }: OperationsInvocation): number {
  return Math.floor(clock.now() / 1000);
}
