/** `schema publish --variant`: a branch's supergraph under a name, beside the one in force. */
import {
  loadableSupergraph,
  MAX_VARIANT_DAYS,
  VARIANT_NAME,
  withAddresses,
} from '@marquee/gateway/supergraph';
import { MarqueeError } from '@marquee/service-kit';
import type { CommandContext } from './command.ts';
import { findingLines, tally } from './findings.ts';
import { openPublications, openVariants, whoAsks } from './installation.ts';
import { judgedChanges } from './judged-changes.ts';
import { isReadable } from './supergraph-text.ts';

export const DEFAULT_VARIANT_DAYS = 14;

export interface VariantArguments {
  readonly file?: string;
  readonly nats?: string;
  readonly variant: string;
  readonly url?: string;
  readonly days?: string;
  readonly note?: string;
  readonly by?: string;
  readonly usage?: string;
  readonly 'dry-run'?: boolean;
}

/** Not judged: nobody is served it who does not ask for it by name. What it would change is listed all the same. */
export async function publishVariant(
  sdl: string,
  values: VariantArguments,
  context: CommandContext,
): Promise<0 | 1> {
  const { variant: name } = values;
  if (!VARIANT_NAME.test(name)) {
    const like = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--variant: lower-case letters, digits and "-", e.g. ${like || 'my-branch'}`,
    );
  }
  const urls = addresses(values.url);
  const days = daysOf(values.days);
  loadableSupergraph(withAddresses(sdl, urls));
  const inForce = await openPublications(values, context);
  try {
    const current = await inForce.current();
    if (current !== undefined && isReadable(current.sdl)) {
      const changes = judgedChanges(current.sdl, sdl, values.usage);
      for (const line of [...findingLines(changes), tally(changes)]) context.print(line);
    }
  } finally {
    await inForce.close();
  }
  if (values['dry-run']) {
    context.print('not published: dry run');
    return 0;
  }
  const variants = await openVariants(values, context);
  try {
    const { hash, expiresAt } = await variants.publish({
      ...{ name, sdl, urls, days },
      publishedBy: whoAsks(values.by),
      note: values.note ?? '',
    });
    context.print(`published preview variant ${name}@${hash.slice(0, 12)} until ${expiresAt}`);
    context.print(`ask for it with the header marquee-variant: ${name}`);
    return 0;
  } finally {
    await variants.close();
  }
}

function daysOf(text: string | undefined): number {
  const days = Number(text ?? DEFAULT_VARIANT_DAYS);
  if (days > 0 && days <= MAX_VARIANT_DAYS) return days;
  throw new MarqueeError('CONFIG_INVALID', `--days: more than 0 and at most ${MAX_VARIANT_DAYS}`);
}

/** `content=http://host:port,experiment=…` */
function addresses(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const url = URL.parse(pair.slice(at + 1).trim());
      if (at < 1 || url === null || !/^https?:$/.test(url.protocol)) {
        throw new MarqueeError('CONFIG_INVALID', `--url: "${pair}" is not <subgraph>=http://host:port`);
      }
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
