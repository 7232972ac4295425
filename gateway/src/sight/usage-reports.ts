/** Reports of the use of operations and fields: as files for schema checks, and by HTTP for those who may see them. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Component,
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
  isMarqueeError,
  type Logger,
  MarqueeError,
  READY,
} from '@marquee/service-kit';
import { httpErrorBody } from '../errors/http-errors.ts';
import type { ViewerIdentity } from '../identity/identity.ts';
import type { UsageCounter } from './usage-counter.ts';

/** Lets a bearer see who uses what, in production too. */
export const USAGE_SCOPE = 'usage:read';

const WRITE_EVERY_MS = 60_000;
const JSON_TYPE = 'application/json; charset=utf-8';

export interface UsageReportsOptions {
  readonly counter: UsageCounter;
  /** Absent: no files. */
  readonly folder: string | undefined;
  readonly logger: Logger;
  /** Default 60,000. */
  readonly writeEveryMs?: number;
}

/** `operations.json` is what `npm run schema -- check --usage` reads; `fields.json` is for people. */
export function createUsageReports(options: UsageReportsOptions): Component {
  const { counter, folder, logger } = options;
  let written = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const { changes } = counter;
    if (folder === undefined || changes === written) return;
    try {
      await mkdir(folder, { recursive: true });
      await put(join(folder, 'operations.json'), counter.operations());
      await put(join(folder, 'fields.json'), counter.fields());
      written = changes;
    } catch (error) {
      logger.warn({ err: error, folder }, 'usage was not written');
    }
  }

  return {
    name: 'usage-reports',
    async start() {
      if (folder === undefined) return;
      timer = setInterval(() => {
        writing = writing.then(write);
      }, options.writeEveryMs ?? WRITE_EVERY_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await writing;
      await write();
    },
    readiness: () => READY,
  };
}

async function put(file: string, report: unknown): Promise<void> {
  await writeFile(`${file}.tmp`, JSON.stringify(report, undefined, 2));
  await rename(`${file}.tmp`, file);
}

/** @param mayRead everybody may in development. */
export function usageRoutes(
  counter: UsageCounter,
  identity: ViewerIdentity,
  everybody: boolean,
): HttpRoute[] {
  const route = (path: string, report: () => unknown): HttpRoute => ({
    method: 'GET',
    path,
    async handle(request) {
      try {
        if (!everybody) await requireScope(request, identity);
        return reply(200, JSON.stringify(report(), undefined, 2));
      } catch (error) {
        if (!isMarqueeError(error)) throw error;
        const status = error.code === 'FORBIDDEN' ? 403 : 401;
        return reply(status, JSON.stringify(httpErrorBody(error.code, error.publicMessage)));
      }
    },
  });
  return [
    route('/usage/operations', () => counter.operations()),
    route('/usage/fields', () => counter.fields()),
  ];
}

/** @throws MarqueeError UNAUTHENTICATED, FORBIDDEN */
async function requireScope({ headers }: HttpRequest, identity: ViewerIdentity): Promise<void> {
  const viewer = await identity(headers);
  if (viewer === undefined) throw new MarqueeError('UNAUTHENTICATED', 'Say who you are by a bearer token.');
  if (viewer.scopes.includes(USAGE_SCOPE)) return;
  throw new MarqueeError('FORBIDDEN', `This needs the scope ${USAGE_SCOPE}.`);
}

function reply(status: number, body: string): HttpReply {
  return { status, headers: { 'content-type': JSON_TYPE, 'cache-control': 'no-store' }, body };
}
