/** The names that a new subgraph gets, from the one it is asked for by. Pure. */
import { MarqueeError } from '@marquee/service-kit';

export interface SubgraphNames {
  /** Folder, supergraph, package: `watch-party`. */
  readonly kebab: string;
  /** Type: `WatchParty`. */
  readonly pascal: string;
  /** Root field: `watchParty`. */
  readonly camel: string;
  /** In sentences: `watch party`. */
  readonly words: string;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_CHARACTERS = 40;
/** Of the graph, of JavaScript, or of what stands beside subgraphs. */
const RESERVED = new Set([
  ...['query', 'mutation', 'subscription', 'gateway', 'marquee', 'schema', 'tls'],
  ...[
    'class',
    'default',
    'delete',
    'enum',
    'export',
    'function',
    'import',
    'new',
    'package',
    'return',
    'switch',
    'var',
  ],
]);

/** @throws MarqueeError CONFIG_INVALID saying what a name looks like. */
export function subgraphNames(given: string): SubgraphNames {
  const isTls = given.startsWith('tls-');
  if (!NAME.test(given) || given.length > MAX_CHARACTERS || RESERVED.has(given) || isTls) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `"${given}" is no name for a subgraph: lower-case words with "-" between, at most ${MAX_CHARACTERS} characters, in the singular, e.g. watch-party`,
    );
  }
  const pascal = given
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return {
    kebab: given,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    words: given.replaceAll('-', ' '),
  };
}
