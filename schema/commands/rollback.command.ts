/** `schema rollback`: an older supergraph in force again, in one command. */
import { MarqueeError } from '@marquee/service-kit';
import { schemaChanges } from '../schema-changes.ts';
import { type Command, readArguments } from './command.ts';
import { findingLines, tally } from './findings.ts';
import { INSTALLATION_HELP, INSTALLATION_OPTIONS, openPublications, whoAsks } from './installation.ts';
import { apiSchemaOf, operationsInUse } from './supergraph-text.ts';

export const rollbackCommand: Command = {
  name: 'rollback',
  summary: 'puts an older version in force again',
  help: `npm run schema -- rollback [--to <version>] --note <why>

Publishes the text of an older version as a new one. What that breaks is listed and hinders nothing: who rolls back is
in a hurry.

  --to <version>    default: the version before the one in force
  --note <text>     why; part of the history
  --by <name>       who (default: the user of this machine)
${INSTALLATION_HELP}`,
  async run(argv, context) {
    const { values } = readArguments(argv, {
      ...INSTALLATION_OPTIONS,
      to: 'string',
      note: 'string',
      by: 'string',
    });
    const publications = await openPublications(values, context);
    try {
      const current = await publications.current();
      const history = await publications.history();
      const before = history.find(
        ({ version, hash }) => version < (current?.version ?? 0) && hash !== current?.hash,
      );
      const to = values.to === undefined ? before?.version : Number(values.to);
      const sdl = to === undefined ? undefined : await publications.text(to);
      if (current === undefined || to === undefined || sdl === undefined) {
        const which =
          values.to === undefined ? 'no version before the one in force' : `no version ${values.to}`;
        throw new MarqueeError('NOT_FOUND', `there is ${which}; \`history\` lists what there is`);
      }
      const changes = schemaChanges(apiSchemaOf(current.sdl), apiSchemaOf(sdl), operationsInUse(undefined));
      for (const line of [...findingLines(changes), tally(changes)]) context.print(line);
      const { version, hash } = await publications.publish(
        { sdl, publishedBy: whoAsks(values.by), note: values.note ?? '', rollbackTo: to },
        current.version,
      );
      context.print(`published version ${version} (${hash.slice(0, 12)}), the text of version ${to}`);
      return 0;
    } finally {
      await publications.close();
    }
  },
};
