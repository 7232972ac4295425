/** What people may ask about their own data: all of it, or that it be gone. */

import type { ProfileExport } from '@marquee/profiles';
import { beforeDeadline } from '@marquee/service-kit';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { UserProfileContext } from '../../context.ts';
import type { UserErrorModel } from '../../user-errors.ts';
import { recordForViewer } from '../../viewer-action.ts';

/** How long an answer waits for the purge; it goes on by itself afterwards. */
const PURGE_MS = 1_000;

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
}

export async function eraseOwnProfile(context: UserProfileContext, confirm: string): Promise<ErasureResult> {
  const { profileId } = requireViewer(context.request);
  if (confirm !== profileId) {
    const message = 'Repeat your own profile id to confirm.';
    return { userErrors: [{ code: 'CONFIRMATION_MISMATCH', message, field: 'confirm' }] };
  }
  const { ack, visible } = await recordForViewer(context, { type: 'PROFILE_ERASED', payload: {} });
  const boundMs = context.request.deadline.within(PURGE_MS).remainingMs();
  const purged = await context.services.erasures.purged(ack, boundMs);
  return { userErrors: [], erasedProfileId: profileId, complete: visible && purged };
}
