import { expect, it } from 'vitest';
import { errorDocument } from './error-document.ts';

it('docs/errors.md lists the catalogue as it is', async () => {
  await expect(errorDocument()).toMatchFileSnapshot('../../../docs/errors.md');
});
