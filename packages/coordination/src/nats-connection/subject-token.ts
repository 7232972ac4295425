/** Any text as one token of a subject, a key or a consumer's name. */

const PLAIN = /^[A-Za-z0-9_-]+$/;

/** Readable where it can be, `=` and base64url where not; different texts give different tokens. */
export function subjectToken(text: string): string {
  return PLAIN.test(text) ? text : `=${Buffer.from(text, 'utf8').toString('base64url')}`;
}
