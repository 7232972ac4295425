/** Which publications a command works on: those of a file, or of a running installation. Reads the environment. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { broadcastPublications, type Publications } from '@marquee/gateway/supergraph';
import { MarqueeError, parseConfig } from '@marquee/service-kit';
import { NATS_VARIABLES } from '@marquee/service-kit/service';
import { z } from 'zod';
import { broadcastVariantPublications } from '../publications/broadcast-variants.ts';
import { folderPublications } from '../publications/folder-publications.ts';
import { folderVariantPublications } from '../publications/folder-variants.ts';
import type { Variants } from '../publications/variants.ts';
import type { CommandContext } from './command.ts';

export const INSTALLATION_OPTIONS = { file: 'string', nats: 'string' } as const;

export const INSTALLATION_HELP = `  --nats <url>      of the installation: nats://host:port, or several with commas between (NATS_URL);
                    NATS_USER, NATS_PASSWORD, NATS_TOKEN, MARQUEE_STREAM, MARQUEE_REPLICAS as for the processes
  --file <path>     instead: the file that gateways follow (MARQUEE_SUPERGRAPH_FILE); its history is beside it`;

const variables = z.object({
  ...NATS_VARIABLES,
  NATS_URL: NATS_VARIABLES.NATS_URL.unwrap().optional(),
  MARQUEE_SUPERGRAPH_FILE: z.string().min(1).optional(),
});

/** Somebody who publishes waits for a server that is starting, not for one that is not there. */
const START_WITHIN_MS = 10_000;

interface Where {
  readonly file?: string;
  readonly nats?: string;
}

/** A file, or what connects to a server; the name of a bucket there is added to the installation's own. */
type Installation = { readonly file: string } | { connect(bucket: string): Promise<ConfigurationBroadcast> };

/** @throws MarqueeError CONFIG_INVALID when it is not said which; DEPENDENCY_UNAVAILABLE when it cannot be reached. */
export async function openPublications(options: Where, context: CommandContext): Promise<Publications> {
  const { now } = context;
  const installation = installationOf(options, context);
  if ('file' in installation) return folderPublications(installation.file, now);
  const broadcast = await installation.connect('');
  try {
    const archive = await installation.connect('_supergraphs');
    return broadcastPublications({ broadcast, archive, now });
  } catch (error) {
    await broadcast.stop();
    throw error;
  }
}

/** Preview variants of the same. @throws MarqueeError as `openPublications`. */
export async function openVariants(options: Where, context: CommandContext): Promise<Variants> {
  const { now } = context;
  const installation = installationOf(options, context);
  if ('file' in installation) return folderVariantPublications(installation.file, now);
  return broadcastVariantPublications({ broadcast: await installation.connect(''), now });
}

/** Until something is published there: its gateways have the supergraph of the repository, a file has none. */
export function servesShippedSupergraph(options: Where, context: CommandContext): boolean {
  return !('file' in installationOf(options, context));
}

function installationOf(options: Where, { environment }: CommandContext): Installation {
  const given = options.nats === undefined ? environment : { ...environment, NATS_URL: options.nats };
  const values = parseConfig(variables, given);
  const file = options.file ?? (options.nats === undefined ? values.MARQUEE_SUPERGRAPH_FILE : undefined);
  if (file !== undefined) return { file: resolve(file) };
  if (values.NATS_URL === undefined) {
    throw new MarqueeError('CONFIG_INVALID', 'say where: --nats <url> (or NATS_URL), or --file <path>');
  }
  const { NATS_USER: user, NATS_PASSWORD: password = '', NATS_TOKEN: token } = values;
  const connect = async (bucket: string): Promise<ConfigurationBroadcast> => {
    const broadcast = createNatsBroadcast({
      servers: (values.NATS_URL as string).split(',').map((address) => address.trim()),
      ...(user === undefined ? {} : { credentials: { user, password } }),
      ...(token === undefined ? {} : { credentials: { token } }),
      stream: `${values.MARQUEE_STREAM}${bucket}`,
      replicas: values.MARQUEE_REPLICAS,
      startWithinMs: START_WITHIN_MS,
    });
    await broadcast.start();
    return broadcast;
  };
  return { connect };
}

/** Who the machine thinks is asking; `--by` says better. */
export function whoAsks(given: string | undefined): string {
  return given ?? userInfo().username;
}
