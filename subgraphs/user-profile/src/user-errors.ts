/** Expected failures, as payloads carry them. */
export interface UserErrorModel {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

export function notFound(what: 'title' | 'person', field: string): UserErrorModel {
  return { code: 'NOT_FOUND', message: `There is no such ${what}.`, field };
}
