/**
 * A simulated viewer as a client: asks for the home page, looks at it as a person of that taste would, and sends what came of it, all by
 * GraphQL operations that are shipped. Knows nothing of what is behind the address.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientAction, LiveClient, PageItem, Visit } from '@marquee/sample-world';
import { MarqueeError } from '@marquee/service-kit';
import { createClient, type HomePage } from '../end-to-end/client.ts';

const FEEDBACK = new Set(['IMPRESSION', 'PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP']);
/** As many as one mutation takes. */
const EVENTS_PER_CALL = 100;
const MAX_ATTEMPTS = 6;
const FIRST_RETRY_MS = 100;

export interface SeenPage {
  readonly page: HomePage;
  readonly items: readonly PageItem[];
  readonly visit: Visit;
}

/** @throws MarqueeError BAD_USER_INPUT when anything that a well-behaved client sends is refused */
export async function visitHome(url: string, profileId: string, viewer: LiveClient): Promise<SeenPage> {
  const client = createClient(url, profileId);
  const page = await patiently(() => client.home());
  const items = itemsOf(page);
  const visit = viewer.visit(items);
  const feedback = visit.actions.filter(({ type }) => FEEDBACK.has(type));
  for (let i = 0; i < feedback.length; i += EVENTS_PER_CALL) {
    const events = feedback.slice(i, i + EVENTS_PER_CALL).map(reported);
    const { rejected } = await patiently(() => client.record(events));
    if (rejected.length > 0)
      throw new MarqueeError('BAD_USER_INPUT', `refused: ${JSON.stringify(rejected[0])}`);
  }
  for (const action of visit.actions) await patiently(() => mutate(client, action));
  return { page, items, visit };
}

/** As a client does that is told to try again: what was taken in all the same is known by its event ids. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error instanceof Error && error.message.includes('"retryable":true');
      if (!isPassing || attempt === MAX_ATTEMPTS) throw error;
      await delay(FIRST_RETRY_MS * 2 ** (attempt - 1));
    }
  }
}

export function itemsOf(page: HomePage): PageItem[] {
  return page.rows.nodes.flatMap((row, rowIndex) =>
    row.items.nodes.map(({ title, trackingToken, artwork }, position) => ({
      titleId: title.id,
      row: rowIndex,
      position,
      trackingToken,
      ...(artwork !== null && { artwork }),
    })),
  );
}

function reported({
  eventId,
  type,
  occurredAt,
  trackingToken,
  artworkId,
  payload,
}: ClientAction): Record<string, unknown> {
  const { titleId, watchedSeconds, positionSeconds, device } = payload as Record<string, unknown>;
  return {
    ...{ eventId, type, titleId },
    occurredAt: new Date(occurredAt).toISOString(),
    ...(trackingToken !== undefined && { trackingToken }),
    ...(artworkId !== undefined && { artworkId }),
    ...(watchedSeconds !== undefined && { watchedSeconds }),
    ...(positionSeconds !== undefined && { positionSeconds }),
    ...(device !== undefined && { device }),
  };
}

async function mutate(
  client: ReturnType<typeof createClient>,
  { type, payload }: ClientAction,
): Promise<void> {
  const { titleId, personId, reaction } = payload as Record<string, string>;
  if (type === 'REACTION_SET') await client.react(titleId!, reaction!);
  else if (type === 'TITLE_HIDDEN') await client.hide(titleId!);
  else if (type === 'LIST_SAVED') await client.operation('SaveToMyList', { input: { titleId } });
  else if (type === 'PERSON_FOLLOWED') await client.operation('FollowPerson', { input: { personId } });
}
