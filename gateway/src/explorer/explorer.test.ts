import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

const SECRETIVE = 'What</script><script>alert(1)</script>';

describe('the explorer', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = gatewayOver(smallGraph(), {
      exampleOperations: [
        { name: 'HomeRows', document: 'query HomeRows { me }' },
        { name: SECRETIVE, document: `query A { me } # ${SECRETIVE}`, variables: { a: 1 } },
      ],
      personas: [
        { id: 'p1', name: 'Ada', tastes: ['crime'] },
        { id: 'p2', name: 'Ben', tastes: ['comedy'] },
      ],
    });
    await gateway.start();
  });
  afterAll(() => gateway.stop());
  const get = async (path: string) => {
    const response = await fetch(gateway.url() + path);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it('serves every file of the start page, with types stripped', async () => {
    const files = (await readdir(new URL('./page', import.meta.url))).filter(
      (file) => file !== 'tsconfig.json',
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      const { status, headers, text } = await get(`/start/${file}`);
      expect(status, file).toBe(200);
      if (!file.endsWith('.ts')) continue;
      expect(headers.get('content-type')).toContain('text/javascript');
      expect(text).not.toMatch(/^(?:export )?(?:interface|type) /m);
    }
  });

  it('lets the start page load nothing but files of this origin, and runs nothing inline', async () => {
    const { headers, text } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(text).not.toMatch(/https?:\/\/|<script>|style=|onclick/);
  });

  it('hands the shipped operations to the page', async () => {
    expect(JSON.parse((await get('/start/operations.json')).text)).toEqual([
      { name: 'HomeRows', document: 'query HomeRows { me }' },
      { name: SECRETIVE, document: `query A { me } # ${SECRETIVE}`, variables: { a: 1 } },
    ]);
  });

  it('opens the operations in the editor, the first one in front, with the personas to switch between', async () => {
    const html = (await get('/explorer/')).text;
    expect(html).toContain('<base href="/explorer/">');
    expect(html).not.toMatch(/https?:\/\//);
    const script = (await get('/explorer/initial_options.js')).text;
    const options = JSON.parse(/const options = (.*);\n/.exec(script)![1]!);
    expect(options.initialWindows.map((tab: { initialName: string }) => tab.initialName)).toEqual([
      SECRETIVE,
      'HomeRows',
    ]);
    expect(options.initialWindows[0].initialHeaders).toMatchObject({ 'x-profile-id': '{{profileId}}' });
    expect(options.initialEnvironments.activeSubEnvironment).toBe('p1');
    expect(options.initialEnvironments.subEnvironments).toEqual([
      { id: 'p1', title: 'Ada', variables: { profileId: 'p1' } },
      { id: 'p2', title: 'Ben', variables: { profileId: 'p2' } },
    ]);
  });

  it("serves the editor's own files, all from the same origin", async () => {
    const html = (await get('/explorer/')).text;
    const files = [...html.matchAll(/(?:src|href)="([^"/][^":]*\.(?:js|css))"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const { status, headers } = await get(`/explorer/${file}`);
      expect(status, file).toBe(200);
      expect(headers.get('content-security-policy')).toContain("connect-src 'self'");
    }
  });

  it('reads no file outside its folders', async () => {
    for (const path of [
      '/start/tsconfig.json',
      '/start/..%2fexplorer.route.ts',
      '/explorer/..%2f..%2fpackage.json',
      '/explorer/%2e%2e/index.js',
    ]) {
      expect((await get(path)).status, path).toBeGreaterThanOrEqual(400);
    }
  });
});
