/** The start page in a real browser: rows as they come, and a page that hears of what happens elsewhere. */
import { describeOnServer, type MarqueeProcess, startMarquee, temporaryFolder } from '@marquee/testkit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { createClient } from './client.ts';
import { type Device, openDevice } from './test/browser.ts';

const PERSONA = 'persona-western';
const PATIENCE = { timeout: 30_000 };

/** In the page: what stands on it, every time something changes. */
const WATCH = `
  globalThis.seen = [];
  const count = (what) => document.querySelectorAll(what).length;
  const look = () => seen.push({ cards: count('.card'), toCome: count('.to-come') });
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
`;

describeOnServer('chromium', 'a home page in a browser', () => {
  const folder = temporaryFolder();
  let marquee: MarqueeProcess;
  let port: string;

  const start = async (args: readonly string[] = []): Promise<void> => {
    marquee = await startMarquee({ dataDirectory: folder.path, args: ['--profiles', '60', ...args] });
  };
  beforeAll(async () => {
    await start();
    port = new URL(marquee.url).port;
  }, 150_000);
  afterAll(async () => {
    await marquee?.end('SIGTERM');
    await folder.remove();
  }, 30_000);

  async function device(): Promise<Device> {
    const opened = await openDevice();
    onTestFinished(() => opened.close());
    return opened;
  }
  const open = (page: Page) => page.goto(`${marquee.url}/#${PERSONA}`);
  const whole = (page: Page) => page.locator('#home[aria-busy="false"] .card').first().waitFor(PATIENCE);
  const live = (page: Page) => page.locator('.live[data-state="live"]').waitFor(PATIENCE);
  const titles = (page: Page): Promise<string[]> =>
    page.locator('.card').evaluateAll((cards) => cards.map((card) => card.getAttribute('data-title') ?? ''));

  it('shows the first rows at once, and the titles of the others as they come', async () => {
    const { page, complaints } = await device();
    await page.addInitScript({ content: WATCH });
    await open(page);
    await whole(page);
    const seen = await page.evaluate(
      () => (globalThis as unknown as { seen: { cards: number; toCome: number }[] }).seen,
    );
    const first = seen.find(({ cards }) => cards > 0);
    expect(first?.toCome, 'titles to come when the first rows are there').toBeGreaterThan(20);
    expect(seen.at(-1)).toMatchObject({ toCome: 0 });
    expect(seen.at(-1)!.cards).toBeGreaterThan(first!.cards + 20);
    expect(await page.locator('.row').count()).toBeGreaterThan(3);
    expect(Number(await page.locator('.hood dt:text-is("parts") + dd').textContent())).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('that is hidden from on one device is changed on the other, which asks again', async () => {
    const [phone, screen] = await Promise.all([device(), device()]);
    for (const { page } of [phone, screen]) {
      await open(page);
      await whole(page);
      await live(page);
    }
    expect(await titles(screen.page)).toEqual(await titles(phone.page));
    const card = phone.page.locator('.row:not(.continue-watching) .card').nth(1);
    const hidden = (await card.getAttribute('data-title'))!;
    const asked: string[] = [];
    screen.page.on('request', (request) => {
      if (request.url().endsWith('/graphql')) asked.push(JSON.parse(request.postData()!).operationName);
    });
    // Messages go away by themselves: both are waited for at once.
    const told = Promise.all([
      phone.page.getByText(/^Hid /).waitFor(PATIENCE),
      screen.page.getByText('Changed elsewhere').waitFor(PATIENCE),
    ]);
    await card.hover();
    await card.locator('.control.hide').click();
    await told;
    expect(await titles(phone.page)).not.toContain(hidden);
    expect(await titles(screen.page)).not.toContain(hidden);
    expect(asked.filter((name) => name !== 'RecordEvents')).toEqual(['HomeRowsDeferred']);
    // Whoever did it has seen it, and is not told once more.
    expect(await phone.page.getByText('Changed elsewhere').count()).toBe(0);
    expect([...phone.complaints, ...screen.complaints]).toEqual([]);
  }, 90_000);

  it('says why it shows nothing, and shows everything when it can be had again', async () => {
    const { page } = await device();
    await page.route('**/graphql', (route) => route.abort());
    await open(page);
    await page.getByText('The page cannot be shown').waitFor(PATIENCE);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await whole(page);
    await live(page);
  }, 60_000);

  it('is live again after the server was away, and shows what it missed', async () => {
    const { page } = await device();
    await open(page);
    await whole(page);
    await live(page);
    const hidden = (await titles(page)).at(-1)!;
    await marquee.end('SIGTERM');
    await page.locator('.live[data-state="broken"]').waitFor({ ...PATIENCE, state: 'attached' });
    await start(['--port', port]);
    await createClient(marquee.url, PERSONA).hide(hidden);
    await live(page);
    await page
      .locator(`[data-title="${hidden}"]`)
      .first()
      .waitFor({ ...PATIENCE, state: 'detached' });
  }, 120_000);

  it('shows the pictures that were chosen for the viewer, and says with which one something was played', async () => {
    const { page, complaints } = await device();
    const chosen = new Map<string, { id: string; url: string }>();
    const reported: { titleId: string; artworkId?: string }[] = [];
    page.on('request', (request) => {
      if (!request.url().endsWith('/graphql')) return;
      const { operationName, variables } = JSON.parse(request.postData()!);
      if (operationName === 'RecordEvents') reported.push(...variables.input.events);
    });
    const home = await createClient(marquee.url, PERSONA).home();
    for (const { artwork, title } of home.rows.nodes.flatMap(({ items }) => items.nodes)) {
      if (artwork) chosen.set(title.id, artwork);
    }
    expect(chosen.size, 'titles that have several pictures').toBeGreaterThan(0);
    await open(page);
    await whole(page);
    const shown = await page.locator('.card').evaluateAll((cards) =>
      cards.map((card) => ({
        title: card.getAttribute('data-title') ?? '',
        artwork: card.getAttribute('data-artwork') ?? undefined,
        url: card.querySelector('.poster img')?.getAttribute('src') ?? '',
      })),
    );
    const ofChosen = shown.filter(({ title }) => chosen.has(title));
    expect(ofChosen.length).toBeGreaterThan(0);
    for (const { title, artwork, url } of ofChosen) {
      expect({ artwork, url }).toEqual({ artwork: chosen.get(title)!.id, url: chosen.get(title)!.url });
    }
    const card = page.locator('.card[data-artwork]').first();
    const [titleId, artworkId] = await Promise.all(
      ['data-title', 'data-artwork'].map((name) => card.getAttribute(name)),
    );
    await card.hover();
    await card.locator('.control.play').click();
    await expect
      .poll(() => reported.filter((event) => event.titleId === titleId), PATIENCE)
      .toContainEqual(expect.objectContaining({ type: 'PLAY_START', titleId, artworkId }));
    expect(complaints).toEqual([]);
  }, 60_000);
});
