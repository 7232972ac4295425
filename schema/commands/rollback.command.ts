/** `schema rollback`: an older supergraph in force again, in one command. */
import { MarqueeError } from '@marquee/service-kit';
import { type Command, readArguments } from './command.ts';
import { findingLines, tally } from './findings.ts';
import { INSTALLATION_HELP, INSTALLATION_OPTIONS, openPublications, whoAsks } from './installation.ts';
import { judgedChanges } from './judged-changes.ts';
import { isReadable } from './supergraph-text.ts';

export const rollbackCommand: Command = {
  name: 'rollback',
  summary: 'puts an older version in force again',
  help: `npm run schema -- rollback [--to <version>] --note <why>

Publishes the text of an older version as a new one. What that breaks is listed and hinders nothing: who rolls back is
in a hurry.

  --to <version>    default: the version before the one in force; of one that was rolled back to, the version before that,
                    so what was rolled back stays so; of a text that was put there by hand, the last version
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
      // A text that was never published, or is damaged, stands after all that were.
      const since = current?.rollbackTo ?? (current?.version || Number.POSITIVE_INFINITY);
      const before = history.find(({ version, hash }) => version < since && hash !== current?.hash);
      const to = values.to === undefined ? before?.version : Number(values.to);
      if (current === undefined || to === undefined || !history.some(({ version }) => version === to)) {
        const which =
          values.to === undefined ? 'no version before the one in force' : `no version ${values.to}`;
        throw new MarqueeError('NOT_FOUND', `there is ${which}; \`history\` lists what there is`);
      }
      const sdl = await publications.text(to);
      if (sdl === undefined)
        throw new MarqueeError('NOT_FOUND', `the text of version ${to} is not kept any more`);
      if (sdl === current.sdl) {
        context.print(`version ${current.version}, which is in force, has the text of version ${to} already`);
        return 0;
      }
      if (isReadable(current.sdl)) {
        const changes = judgedChanges(current.sdl, sdl, undefined);
        for (const line of [...findingLines(changes), tally(changes)]) context.print(line);
      } else context.print('nothing is compared: what is in force cannot be read');
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
