/**
 * The registry: what clients have published, with who published it and how it ends. The changes are pure functions
 * from one state to the next; `RevisionFolder` makes them atomic and keeps the states.
 */
import { MarqueeError, RevisionFolder } from '@marquee/service-kit';
import { z } from 'zod';
import type { TrustedOperation } from './trusted-operation.ts';

const publication = z.object({ client: z.string(), version: z.string(), at: z.number() });

const registered = z.object({
  id: z.string(),
  name: z.string().optional(),
  text: z.string(),
  /** Latest last; one per client and version. */
  publications: z.array(publication),
  deprecation: z
    .object({
      at: z.number(),
      sunset: z.number().optional(),
      reason: z.string().optional(),
      link: z.string().optional(),
    })
    .optional(),
  retirement: z.object({ at: z.number(), reason: z.string().optional() }).optional(),
});

export type RegisteredOperation = z.infer<typeof registered>;
export type RegistryState = readonly RegisteredOperation[];

/** Versions that are remembered of one operation: the oldest are forgotten. */
const MAX_PUBLICATIONS = 100;

export function operationRegistry(path: string): RevisionFolder<RegistryState> {
  return new RevisionFolder<RegistryState>({
    path,
    kind: 'marquee-operations',
    empty: [],
    parse: (value) => z.array(registered).parse(value),
  });
}

export interface Publishing {
  readonly client: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly at: number;
}

/**
 * Adds operations, or another client or version to those that are known. Publishing again what was deprecated leaves
 * it so.
 * @throws MarqueeError CONFLICT when an id is known with another text, or retired.
 */
export function published(
  state: RegistryState,
  operations: readonly { readonly id: string; readonly name: string | undefined; readonly text: string }[],
  { client, version, at }: Publishing,
): RegistryState {
  const next = new Map(state.map((operation) => [operation.id, operation]));
  const problems: string[] = [];
  for (const { id, name, text } of operations) {
    const known = next.get(id);
    if (known !== undefined && known.text !== text) {
      problems.push(`${id} (${known.name ?? 'anonymous'}) was published with another text`);
    } else if (known?.retirement !== undefined) problems.push(`${id} (${name ?? 'anonymous'}) was retired`);
    const others = (known?.publications ?? []).filter(
      (each) => each.client !== client || each.version !== version,
    );
    const publications = [...others, { client, version, at }].slice(-MAX_PUBLICATIONS);
    next.set(id, { ...(known ?? { id, ...(name !== undefined && { name }), text }), publications });
  }
  if (problems.length > 0) {
    throw new MarqueeError(
      'CONFLICT',
      `nothing was published; an id never changes its meaning:\n  ${problems.join('\n  ')}`,
    );
  }
  return [...next.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws MarqueeError NOT_FOUND for an id nobody published; BAD_USER_INPUT for a sunset before the deprecation. */
export function deprecated(
  state: RegistryState,
  id: string,
  deprecation: NonNullable<TrustedOperation['deprecation']>,
): RegistryState {
  if (deprecation.sunset !== undefined && deprecation.sunset < deprecation.at) {
    // RFC 9745, section 4.
    throw new MarqueeError('BAD_USER_INPUT', 'the sunset must not be earlier than the deprecation');
  }
  return changed(state, id, (operation) => ({ ...operation, deprecation }));
}

/** @throws MarqueeError NOT_FOUND for an id nobody published. */
export function retired(
  state: RegistryState,
  id: string,
  retirement: NonNullable<TrustedOperation['retirement']>,
): RegistryState {
  return changed(state, id, (operation) => ({ ...operation, retirement }));
}

/** The operations with this id, name, or beginning of an id. @throws MarqueeError NOT_FOUND. */
export function findRegistered(state: RegistryState, wanted: string): readonly RegisteredOperation[] {
  const byId = state.filter(({ id }) => id === wanted);
  const exact = byId.length > 0 ? byId : state.filter(({ name }) => name === wanted);
  const found =
    exact.length > 0 || wanted.length < 6 ? exact : state.filter(({ id }) => id.startsWith(wanted));
  if (found.length === 0)
    throw new MarqueeError('NOT_FOUND', `no operation is called ${wanted} or has this id`);
  return found;
}

/** The only one of them. @throws MarqueeError NOT_FOUND; BAD_USER_INPUT naming those that it may be. */
export function findOneRegistered(state: RegistryState, wanted: string): RegisteredOperation {
  const [one, ...others] = findRegistered(state, wanted);
  if (one !== undefined && others.length === 0) return one;
  const all = [one as RegisteredOperation, ...others].map(({ id, name, publications }) => {
    const clients = [...new Set(publications.map(({ client }) => client))].join(', ');
    return `${id}  ${name ?? '(anonymous)'}  ${clients}`;
  });
  throw new MarqueeError(
    'BAD_USER_INPUT',
    `${wanted} stands for ${all.length} operations; say which by its id:\n  ${all.join('\n  ')}`,
  );
}

export function asTrustedOperation(operation: RegisteredOperation): TrustedOperation {
  const { publications, name, deprecation, retirement, ...rest } = operation;
  return {
    ...rest,
    name,
    clients: [...new Set(publications.map(({ client }) => client))],
    ...(deprecation && { deprecation }),
    ...(retirement && { retirement }),
  } as TrustedOperation;
}

function changed(
  state: RegistryState,
  id: string,
  change: (operation: RegisteredOperation) => RegisteredOperation,
): RegistryState {
  if (!state.some((operation) => operation.id === id)) {
    throw new MarqueeError('NOT_FOUND', `no operation has the id ${id}`);
  }
  return state.map((operation) => (operation.id === id ? change(operation) : operation));
}
