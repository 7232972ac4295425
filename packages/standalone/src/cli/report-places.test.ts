import { join } from 'node:path';
import { isMarqueeError } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, expect, it } from 'vitest';
import { requirePlaces } from './report-places.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('a report that could not be written is refused before the work is done', async () => {
  await requirePlaces({ json: join(folder.path, 'a.json'), html: undefined });
  const failure = requirePlaces({ html: join(folder.path, 'nowhere', 'a.html') });
  await expect(failure).rejects.toThrow(/--html .*nowhere/);
  await failure.catch((error) => expect(isMarqueeError(error, 'CONFIG_INVALID')).toBe(true));
});
