/** The command line of every command: what it does not know is one clear line, not a stack. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { MarqueeError } from './errors.ts';

/**
 * `parseArgs` of Node.
 * @throws MarqueeError CONFIG_INVALID in Node's words, e.g. "Unknown option '--colour'; see --help"
 */
export function parseCommandLine<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    // Node goes on about how to pass such a word as an argument; the first sentence names what is wrong.
    const message = (cause instanceof Error ? cause.message : String(cause)).split('. To specify')[0];
    throw new MarqueeError('CONFIG_INVALID', { message: `${message}; see --help`, cause });
  }
}
