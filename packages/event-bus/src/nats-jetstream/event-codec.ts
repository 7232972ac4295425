/**
 * From messages to events. During a deploy, processes of two versions share the log: what this one does not know is
 * recognised by type and schema version and set aside, never guessed at.
 */
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { EVENT_SCHEMA_VERSION, EVENT_TYPES, type MarqueeEvent } from '@marquee/domain';
import { decodeBody, isCompressed } from './message-body.ts';
import type { PulledMessage } from './pull-reader.ts';

export type Decoded =
  | { readonly message: PulledMessage; readonly event: MarqueeEvent }
  | { readonly message: PulledMessage; readonly unknown: string; readonly profileId: string };

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);
/** Parsed before the event loop gets a turn: about a millisecond of work. */
const PARSE_BYTES = 131_072;
/** Of a compressed event's length to its data's. */
const USUAL_RATIO = 4;

export async function decodeAll(messages: readonly PulledMessage[]): Promise<readonly Decoded[]> {
  const decoded: Decoded[] = [];
  let bytes = 0;
  for (const message of messages) {
    bytes += message.data.length * (isCompressed(message.headers) ? USUAL_RATIO : 1);
    if (bytes > PARSE_BYTES) {
      bytes = 0;
      await yieldToLoop();
    }
    decoded.push(decode(message));
  }
  return decoded;
}

function decode(message: PulledMessage): Decoded {
  let event: MarqueeEvent;
  try {
    event = JSON.parse(decodeBody(message.data, message.headers)) as MarqueeEvent;
  } catch (error) {
    return { message, unknown: `not an event: ${(error as Error).message}`, profileId: 'unknown' };
  }
  const { type, schemaVersion, profileId } = event;
  if (schemaVersion === EVENT_SCHEMA_VERSION && KNOWN.has(type)) return { message, event };
  const unknown = KNOWN.has(type)
    ? `schema version ${schemaVersion} of ${type} is not known here, only ${EVENT_SCHEMA_VERSION}`
    : `events of type ${type} are not known here`;
  return { message, unknown, profileId: typeof profileId === 'string' ? profileId : 'unknown' };
}
