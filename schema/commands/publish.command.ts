/** `schema publish`: puts a supergraph in force in a running installation. */
import { loadableSupergraph } from '@marquee/gateway/supergraph';
import { MarqueeError } from '@marquee/service-kit';
import { operationsInUse } from '../operations-in-use.ts';
import { type Command, readArguments } from './command.ts';
import { findingLines, tally } from './findings.ts';
import {
  INSTALLATION_HELP,
  INSTALLATION_OPTIONS,
  openPublications,
  servesShippedSupergraph,
  whoAsks,
} from './installation.ts';
import { judgedChanges } from './judged-changes.ts';
import { DEFAULT_VARIANT_DAYS, publishVariant } from './publish-variant.ts';
import { apiSchemaOf, COMMITTED_SUPERGRAPH, readText } from './supergraph-text.ts';

export const publishCommand: Command = {
  name: 'publish',
  summary: 'puts a supergraph in force in a running installation',
  help: `npm run schema -- publish --note <why> [<supergraph>]

Default: schema/supergraph.graphql. It is loaded as a gateway would, compared with what is in force (before the first
publication: with schema/supergraph.graphql, where gateways serve what they were shipped with), and refused when that breaks an operation that is known. Gateways with MARQUEE_SUPERGRAPH_SOURCE=published (or =file) follow within a
second or two, without a restart.

  --note <text>       why; part of the history
  --by <name>         who (default: the user of this machine)
  --accept-breaking   publish although it breaks clients
  --dry-run           everything but the last step
  --usage <file>      recorded usage (see schema/README.md)
  --variant <name>    not in force but beside it, for requests with the header \`marquee-variant: <name>\`; what it would
                      break is listed and hinders nothing. With it:
  --url <addresses>   <subgraph>=http://host:port, with commas between: what the variant has elsewhere
  --days <number>     when it goes by itself (default ${DEFAULT_VARIANT_DAYS})
${INSTALLATION_HELP}

Exit code 1 when it was not published.`,
  async run(argv, context) {
    const { values, positionals } = readArguments(
      argv,
      {
        ...INSTALLATION_OPTIONS,
        note: 'string',
        by: 'string',
        usage: 'string',
        'accept-breaking': 'boolean',
        'dry-run': 'boolean',
        variant: 'string',
        url: 'string',
        days: 'string',
      },
      1,
    );
    const { print } = context;
    const sdl = readText(positionals[0] ?? COMMITTED_SUPERGRAPH);
    // Also where there is nothing to compare with: who names a file believes that it is judged by.
    if (values.usage !== undefined) operationsInUse(values.usage);
    const { variant } = values;
    if (variant !== undefined) return publishVariant(sdl, { ...values, variant }, context);
    if (values.url !== undefined || values.days !== undefined) {
      throw new MarqueeError('CONFIG_INVALID', '--url and --days are for --variant');
    }
    loadableSupergraph(sdl);
    const publications = await openPublications(values, context);
    try {
      const current = await publications.current();
      if (current?.sdl === sdl) {
        print(`version ${current.version} has the same text; nothing to publish`);
        return 0;
      }
      const before =
        current?.sdl ??
        (servesShippedSupergraph(values, context) ? readText(COMMITTED_SUPERGRAPH) : undefined);
      if (before !== undefined) {
        apiSchemaOf(before, 'what is in force (`rollback` puts the last good version in its place)');
        const changes = judgedChanges(before, sdl, values.usage);
        for (const line of [...findingLines(changes), tally(changes)]) print(line);
        // Trusted documents are what the platform has promised; a change that none of them feels is for a person to judge.
        const breaks = changes.some(
          ({ criticality, operations }) => criticality === 'breaking' && operations.length > 0,
        );
        if (breaks && !values['accept-breaking']) {
          print('not published: it breaks operations in use (--accept-breaking publishes it all the same)');
          return 1;
        }
      }
      if (values['dry-run']) {
        print('not published: dry run');
        return 0;
      }
      const { version, hash } = await publications.publish(
        { sdl, publishedBy: whoAsks(values.by), note: values.note ?? '' },
        current?.version ?? 0,
      );
      print(`published version ${version} (${hash.slice(0, 12)})`);
      return 0;
    } finally {
      await publications.close();
    }
  },
};
