/** `schema variants`: the preview variants there are, and taking one away. */
import { MarqueeError } from '@marquee/service-kit';
import { type Command, readArguments } from './command.ts';
import { INSTALLATION_HELP, INSTALLATION_OPTIONS, openVariants } from './installation.ts';

export const variantsCommand: Command = {
  name: 'variants',
  summary: 'lists preview variants, or takes one away',
  help: `npm run schema -- variants [retire <name>]

Without more: those that are published, newest first, until when, and what they have elsewhere. \`publish --variant\` makes
one; each goes by itself on its day.

  --json            the list as JSON
${INSTALLATION_HELP}`,
  async run(argv, context) {
    const { values, positionals } = readArguments(argv, { ...INSTALLATION_OPTIONS, json: 'boolean' }, 2);
    const [action, name] = positionals;
    if (action !== undefined && (action !== 'retire' || name === undefined)) {
      throw new MarqueeError('CONFIG_INVALID', 'variants, or variants retire <name> (--help)');
    }
    const variants = await openVariants(values, context);
    try {
      if (name !== undefined) {
        await variants.retire(name);
        context.print(`preview variant ${name} is gone`);
        return 0;
      }
      const list = await variants.list();
      if (values.json) context.print(JSON.stringify(list, null, 2));
      else if (list.length === 0) context.print('there are no preview variants');
      else for (const variant of list) context.print(line(variant));
      return 0;
    } finally {
      await variants.close();
    }
  },
};

function line(variant: {
  readonly name: string;
  readonly hash: string;
  readonly expiresAt: string;
  readonly publishedBy: string;
  readonly note: string;
  readonly urls: Readonly<Record<string, string>>;
}): string {
  const { name, hash, expiresAt, publishedBy, note, urls } = variant;
  const elsewhere = Object.entries(urls).map(([subgraph, url]) => `${subgraph} at ${url}`);
  return [`${name}@${hash.slice(0, 12)}`, `until ${expiresAt}`, publishedBy, note, ...elsewhere]
    .filter((part) => part !== '')
    .join('  ');
}
