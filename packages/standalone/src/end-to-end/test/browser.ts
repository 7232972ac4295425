/** Debian's chromium as people have it, without their profile: a browser that asks nobody but the page's own server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '@marquee/local-servers';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Device {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, refused by the content security policy, and the like. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A browser of its own, as another device would have it. */
export async function openDevice(): Promise<Device> {
  const folder = await mkdtemp(join(tmpdir(), 'marquee-browser-'));
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    executablePath: findBinary('chromium') ?? 'chromium',
    args: FLAGS,
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  });
  const complaints: string[] = [];
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return {
    page,
    complaints,
    async close() {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
