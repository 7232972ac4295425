import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, isMarqueeError, MarqueeError } from './errors.ts';

describe('errors', () => {
  it('show clients our words about their input and nothing about our insides', () => {
    for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
      const error = new MarqueeError(code, 'row 7 of /var/lib/secret.sqlite');
      const shown = error.publicMessage;
      if (ERROR_CATALOGUE[code].party === 'client') expect(shown).toBe(error.message);
      else expect(shown).toBe(ERROR_CATALOGUE[code].publicMessage);
    }
  });

  it('keep field and cause, and are told apart by code', () => {
    const cause = new Error('disk');
    const error = new MarqueeError('BAD_USER_INPUT', {
      message: 'first must be 1 to 100',
      field: 'first',
      cause,
    });
    expect(error).toMatchObject({ field: 'first', cause, code: 'BAD_USER_INPUT' });
    expect(isMarqueeError(error)).toBe(true);
    expect(isMarqueeError(error, 'OVERLOADED')).toBe(false);
    expect(isMarqueeError(cause)).toBe(false);
  });
});
