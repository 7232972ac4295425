/** `schema changelog`: what each published version changed for clients, and whose it was. */
import { MarqueeError } from '@marquee/service-kit';
import { changelog, changelogMarkdown } from '../changelog.ts';
import { type Command, readArguments } from './command.ts';
import { INSTALLATION_HELP, INSTALLATION_OPTIONS, openPublications } from './installation.ts';

const FORMATS = ['markdown', 'json'];

export const changelogCommand: Command = {
  name: 'changelog',
  summary: 'what published versions changed for clients, by team',
  help: `npm run schema -- changelog

From the history of what was published, newest first: breaking, dangerous and safe changes of each version against the one
before it, by the team that owns them.

  --since <version>   only what came after that version
  --format <format>   markdown (default) or json
${INSTALLATION_HELP}`,
  async run(argv, context) {
    const { values } = readArguments(argv, { ...INSTALLATION_OPTIONS, since: 'string', format: 'string' });
    const { format = 'markdown', since = '0' } = values;
    if (!FORMATS.includes(format)) {
      throw new MarqueeError('CONFIG_INVALID', `--format: "${format}" is neither ${FORMATS.join(' nor ')}`);
    }
    if (!/^\d+$/.test(since)) {
      throw new MarqueeError('CONFIG_INVALID', `--since: "${since}" is not the number of a version`);
    }
    const publications = await openPublications(values, context);
    try {
      const entries = await changelog(publications, Number(since));
      context.print(format === 'json' ? JSON.stringify(entries, null, 2) : changelogMarkdown(entries));
      return 0;
    } finally {
      await publications.close();
    }
  },
};
