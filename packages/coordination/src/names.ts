/** Which names and keys the ports take: what every adapter can keep without translating it. */
import { MarqueeError } from '@marquee/service-kit';

const KEY = /^(?!\.)[-/=.\w]{1,256}(?<!\.)$/;
const NAME = /^[-=\w]{1,128}$/;

/** @throws MarqueeError BAD_USER_INPUT */
export function checkKey(key: string): void {
  if (!KEY.test(key)) throw invalid('key', key);
}

/** @throws MarqueeError BAD_USER_INPUT */
export function checkName(field: 'name' | 'group', name: string): void {
  if (!NAME.test(name)) throw invalid(field, name);
}

function invalid(field: string, value: string): MarqueeError {
  return new MarqueeError('BAD_USER_INPUT', {
    message: `${JSON.stringify(value)} is not a valid ${field}`,
    field,
  });
}
