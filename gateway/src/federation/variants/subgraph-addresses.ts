/** A variant's subgraphs at other addresses: which are allowed, and the supergraph's text with them. */
import { MarqueeError } from '@marquee/service-kit';
import { type ConstDirectiveNode, type EnumValueDefinitionNode, Kind, parse, print } from 'graphql';
import { argumentOf } from '../../executor/supergraph/join-directives.ts';

/**
 * Subgraphs are told who asks, and gateways sign what they tell them: whoever publishes a variant must not be able to
 * choose who hears that.
 * @param hosts names like `localhost:4101`, `preview.example.com` (any port) or `*.preview.example.com`.
 * @throws MarqueeError CONFIG_INVALID naming the first that is not allowed.
 */
export function assertAllowed(urls: Readonly<Record<string, string>>, hosts: readonly string[]): void {
  for (const [subgraph, url] of Object.entries(urls)) {
    const address = URL.parse(url);
    if (address === null) throw new MarqueeError('CONFIG_INVALID', `subgraph ${subgraph} has no address`);
    const { host, hostname, username, password } = address;
    const isAllowed = hosts.some((allowed) =>
      allowed.startsWith('*.')
        ? hostname.endsWith(allowed.slice(1))
        : allowed === host || allowed === hostname,
    );
    if (isAllowed && username === '' && password === '') continue;
    const why =
      hosts.length === 0 ? 'no other addresses are allowed here' : `allowed are ${hosts.join(', ')}`;
    throw new MarqueeError('CONFIG_INVALID', `subgraph ${subgraph} may not be at ${host}: ${why}`);
  }
}

/** @throws MarqueeError CONFIG_INVALID for a text that is not GraphQL, or a subgraph that it does not have. */
export function withAddresses(sdl: string, urls: Readonly<Record<string, string>>): string {
  const wanted = new Map(Object.entries(urls));
  if (wanted.size === 0) return sdl;
  const document = parsed(sdl);
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
      ? { ...definition, values: (definition.values ?? []).map((value) => withAddress(value, wanted)) }
      : definition,
  );
  const [unknown] = wanted.keys();
  if (unknown !== undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `it has an address for ${unknown}, which is none of its subgraphs`,
    );
  }
  return print({ ...document, definitions });
}

function parsed(sdl: string) {
  try {
    return parse(sdl, { noLocation: true });
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', { message: `it cannot be read: ${String(cause)}`, cause });
  }
}

/** Takes what it has used out of `wanted`. */
function withAddress(value: EnumValueDefinitionNode, wanted: Map<string, string>): EnumValueDefinitionNode {
  const directives = value.directives?.map((directive): ConstDirectiveNode => {
    const name = argumentOf(directive, 'name')?.value;
    const url = name?.kind === Kind.STRING ? wanted.get(name.value) : undefined;
    if (directive.name.value !== 'join__graph' || name?.kind !== Kind.STRING || url === undefined)
      return directive;
    wanted.delete(name.value);
    return {
      ...directive,
      arguments: (directive.arguments ?? []).map((argument) =>
        argument.name.value === 'url' ? { ...argument, value: { kind: Kind.STRING, value: url } } : argument,
      ),
    };
  });
  return { ...value, ...(directives && { directives }) };
}
