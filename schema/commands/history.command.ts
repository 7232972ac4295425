/** `schema history`: what was served when, and who wanted it. */
import { MarqueeError } from '@marquee/service-kit';
import { type Command, readArguments } from './command.ts';
import { INSTALLATION_HELP, INSTALLATION_OPTIONS, openPublications } from './installation.ts';

export const historyCommand: Command = {
  name: 'history',
  summary: 'what was published, when, by whom and why',
  help: `npm run schema -- history

Newest first; \`*\` is in force.

  --limit <number>  how many (default 20)
  --json            all of it, as JSON
${INSTALLATION_HELP}`,
  async run(argv, context) {
    const { values } = readArguments(argv, { ...INSTALLATION_OPTIONS, limit: 'string', json: 'boolean' });
    const { limit = '20' } = values;
    if (!/^[1-9]\d*$/.test(limit)) {
      throw new MarqueeError('CONFIG_INVALID', `--limit: "${limit}" is not a number of versions`);
    }
    const publications = await openPublications(values, context);
    try {
      const [current, history] = await Promise.all([publications.current(), publications.history()]);
      if (values.json) {
        context.print(JSON.stringify(history, null, 2));
        return 0;
      }
      if (history.length === 0) context.print('nothing was published yet');
      for (const { version, hash, publishedAt, publishedBy, note, rollbackTo } of history.slice(
        0,
        Number(limit),
      )) {
        const mark = version === current?.version ? '*' : ' ';
        const back = rollbackTo === undefined ? '' : `back to version ${rollbackTo}: `;
        context.print(
          `${mark} ${version}  ${publishedAt}  ${hash.slice(0, 12)}  ${publishedBy}  ${back}${note}`,
        );
      }
      return 0;
    } finally {
      await publications.close();
    }
  },
};
