/** What people may ask about their own data: all of it, or that it be gone. */

import type { ProfileId } from '@marquee/domain';
import type { ProfileExport } from '@marquee/profiles';
import { beforeDeadline } from '@marquee/service-kit';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { UserProfileContext } from '../../context.ts';
import type { UserErrorModel } from '../../user-errors.ts';
import { recordForViewer } from '../../viewer-action.ts';
import { type ErasureReceiptModel, toErasureReceipt } from './erasure-receipt.mapper.ts';
import { toExportCounts } from './export.mapper.ts';

/** How long an answer waits for the purge; it goes on by itself afterwards. */
const PURGE_MS = 1_000;
const COUNT_MS = 500;

export async function exportOwnProfile(context: UserProfileContext): Promise<ProfileExport> {
  const { profileId } = requireViewer(context.request);
  return beforeDeadline(
    context.services.profiles.exportProfile(profileId),
    context.request.deadline,
    'the export',
  );
}

export interface ErasureResult {
  readonly userErrors: readonly UserErrorModel[];
  readonly erasedProfileId?: string;
  readonly complete?: boolean;
  readonly receipt?: ErasureReceiptModel;
}

export async function eraseOwnProfile(context: UserProfileContext, confirm: string): Promise<ErasureResult> {
  const { profileId } = requireViewer(context.request);
  if (confirm !== profileId) {
    const message = 'Repeat your own profile id to confirm.';
    return { userErrors: [{ code: 'CONFIRMATION_MISMATCH', message, field: 'confirm' }] };
  }
  const entries = await entriesOf(context, profileId);
  const recorded = await recordForViewer(context, { type: 'PROFILE_ERASED', payload: {} });
  const { ack, visible } = recorded;
  const { erasures } = context.services;
  const purged = await erasures.purged(ack, context.request.deadline.within(PURGE_MS).remainingMs());
  const events = purged ? erasures.purgedEvents(profileId, ack) : undefined;
  return {
    userErrors: [],
    erasedProfileId: profileId,
    complete: visible && purged,
    receipt: toErasureReceipt({ ...recorded, purged, entries, events }),
  };
}

/** How much there is to remove, for the receipt; an erasure does not fail for want of a count. */
async function entriesOf(context: UserProfileContext, profileId: ProfileId): Promise<number | undefined> {
  try {
    const content = await beforeDeadline(
      context.services.profiles.exportProfile(profileId),
      context.request.deadline.within(COUNT_MS),
      'the count',
    );
    return Object.values(toExportCounts(content)).reduce<number>((sum, count) => sum + Number(count), 0);
  } catch {
    return undefined;
  }
}
