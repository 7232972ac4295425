import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { decodeSupergraph, SUPERGRAPH_KEY } from '@marquee/gateway/supergraph';
import { startLocalNats } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runSchemaCommand, SCHEMA_COMMANDS } from './run-schema-command.ts';
import { COMMITTED_SUPERGRAPH } from './supergraph-text.ts';

const COMMITTED = readFileSync(COMMITTED_SUPERGRAPH, 'utf8');
/** Every shipped page shows it. */
const WITHOUT_YEAR = replaced(/^ {2}releaseYear: Int/m, '  releasedIn: Int');
const WITH_MORE = replaced(
  /^ {2}releaseYear: Int(.*)\n/m,
  (line) => `${line}${line.replace('releaseYear', 'releaseMonth')}`,
);

function replaced(pattern: RegExp, by: string | ((line: string) => string)): string {
  const text = COMMITTED.replace(pattern, by as string);
  expect(text).not.toBe(COMMITTED);
  return text;
}

function folder() {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  return made;
}

async function run(command: string, ...argv: string[]) {
  const lines: string[] = [];
  const code = await runSchemaCommand([...command.split(' '), ...argv], {
    print: (line) => lines.push(line),
    environment: {},
    now: () => new Date('2026-03-01T12:00:00Z'),
  });
  return { code, output: lines.join('\n') };
}

async function file(name: string, text: string): Promise<string> {
  const path = folder().file(name);
  await writeFile(path, text);
  return path;
}

it('every command says what it does and which arguments it takes', async () => {
  const overview = await run('--help');
  for (const { name, summary } of SCHEMA_COMMANDS) {
    expect(overview.output).toContain(summary);
    expect((await run(name, '--help')).output).toContain(`npm run schema -- ${name}`);
    await expect(run(name, '--no-such-option')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
  await expect(run('shout')).rejects.toThrow('there is no command shout');
});

it('what cannot be read or written is named in one line', async () => {
  const path = await file('supergraph.graphql', COMMITTED);
  for (const command of ['history', 'publish', 'variants']) {
    await expect(run(command, '--file', `${path}/x`)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^ENOTDIR.*supergraph\.graphql/),
    });
  }
  const broken = await file('broken.graphql', 'type Query {');
  for (const compared of [
    [broken, path],
    [path, broken],
  ]) {
    await expect(run('diff', ...compared)).rejects.toThrow(`${broken} is neither a supergraph nor`);
  }
  await expect(run('publish --variant next --dry-run --days 0', '--file', path)).rejects.toThrow('--days');
});

describe('diff', () => {
  it('names the operations that a breaking change breaks, and their clients', async () => {
    const usage = await file(
      'usage.json',
      JSON.stringify([
        { operation: 'TitlePage', client: 'tv', version: '3.1', count: 12 },
        { operation: 'TitlePage', client: 'web', count: 0 },
        {
          operation: 'Years',
          client: 'partner-x',
          document: 'query Years { titles { nodes { releaseYear } } }',
        },
        { operation: 'Names', client: 'partner-x', document: 'query Names { titles { nodes { name } } }' },
      ]),
    );
    const { code, output } = await run(
      'diff',
      COMMITTED_SUPERGRAPH,
      await file('next.graphql', WITHOUT_YEAR),
      '--usage',
      usage,
    );
    expect(code).toBe(1);
    expect(output).toContain('breaking: Title.releaseYear was removed. (ask team catalogue)');
    expect(output).toContain('breaks TitlePage: it would be refused (sent by tv@3.1)');
    expect(output).toContain('breaks Years: it would be refused (sent by partner-x)');
    expect(output).not.toContain('Names');
    expect(output).toContain('1 breaking, 0 dangerous, 1 safe');
  });

  it('lists what is added as safe, and answers in JSON where it is asked for', async () => {
    const { code, output } = await run(
      'diff --json',
      COMMITTED_SUPERGRAPH,
      await file('next.graphql', WITH_MORE),
    );
    expect(code).toBe(0);
    expect(JSON.parse(output)).toEqual([
      {
        criticality: 'safe',
        kind: 'FIELD_ADDED',
        description: 'Title.releaseMonth of type Int was added.',
        operations: [],
        owner: 'catalogue',
      },
    ]);
  });
});

describe('check', () => {
  it('refuses what the composed graph has no room for although clients send it', async () => {
    const old = { operation: 'Old', client: 'tv', version: '1', document: 'query Old { genres { colour } }' };
    const { code, output } = await run('check', '--usage', await file('usage.json', JSON.stringify([old])));
    expect(code).toBe(1);
    expect(output).toContain('recorded operation Old (sent by tv@1): Cannot query field "colour"');
    expect(output).toContain('files are up to date');
  });
});

describe('publications in a file', () => {
  it('are published, listed and rolled back; what breaks operations in use is refused', async () => {
    const path = folder().file('live.graphql');
    const where = ['--file', path, '--by', 'ada'];
    expect((await run('history', ...where.slice(0, 2))).output).toBe('nothing was published yet');
    expect((await run('publish --note first', ...where)).output).toMatch(
      /^published version 1 \([0-9a-f]{12}\)$/,
    );
    expect(await readFile(path, 'utf8')).toBe(COMMITTED);
    expect((await run('publish', ...where)).output).toContain('nothing to publish');

    const narrower = await file('narrower.graphql', WITHOUT_YEAR);
    const refused = await run('publish', narrower, ...where);
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/breaks TitlePage[\s\S]*not published/);
    expect(await readFile(path, 'utf8')).toBe(COMMITTED);
    expect((await run('publish --dry-run --accept-breaking', narrower, ...where)).output).toContain(
      'dry run',
    );
    const accepted = await run('publish --accept-breaking', narrower, '--note', 'years are out', ...where);
    expect(accepted).toMatchObject({ code: 0, output: expect.stringContaining('published version 2') });
    expect(await readFile(path, 'utf8')).toBe(WITHOUT_YEAR);

    expect((await run('rollback --note oops', ...where)).output).toMatch(
      /published version 3 .*the text of version 1/,
    );
    expect(await readFile(path, 'utf8')).toBe(COMMITTED);
    const { output } = await run('history', '--file', path);
    expect(output.split('\n')).toEqual([
      expect.stringMatching(
        /^\* 3 {2}2026-03-01T12:00:00.000Z {2}[0-9a-f]{12} {2}ada {2}back to version 1: oops$/,
      ),
      expect.stringMatching(/^ {2}2 .* years are out$/),
      expect.stringMatching(/^ {2}1 .* first$/),
    ]);
    await expect(run('rollback --to 9', ...where)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are rolled back further each time, and never to what was rolled back', async () => {
    const path = folder().file('live.graphql');
    const where = ['--file', path, '--by', 'ada'];
    await run('publish', ...where);
    await run('publish', await file('more.graphql', WITH_MORE), ...where);
    const bad = await file('bad.graphql', WITH_MORE.replaceAll('releaseMonth', 'releaseDay'));
    await run('publish --accept-breaking', bad, ...where);
    expect((await run('rollback', ...where)).output).toContain('the text of version 2');
    expect((await run('rollback', ...where)).output).toContain('the text of version 1');
    expect(await readFile(path, 'utf8')).toBe(COMMITTED);
    await expect(run('rollback', ...where)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await run('rollback --to 1', ...where)).output).toContain('has the text of version 1 already');
    expect((await run('history --limit 1', '--file', path)).output).toMatch(/^\* 5 .*back to version 1/);
    await expect(run('history --limit few', '--file', path)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('--limit'),
    });
  });

  it('are not begun with recorded usage that cannot be read', async () => {
    const where = ['--file', folder().file('live.graphql')];
    for (const command of ['publish', 'publish --dry-run', 'publish --variant next']) {
      await expect(run(command, ...where, '--usage', 'not/there.json')).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('not/there.json'),
      });
    }
    const nobodys = JSON.stringify([{ operation: 'NoSuchOperation', client: 'tv' }]);
    await expect(
      run('publish', ...where, '--usage', await file('usage.json', nobodys)),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect((await run('history', ...where)).output).toBe('nothing was published yet');
  });

  it('come back after what is in force was damaged, and never as another text than they had', async () => {
    const path = folder().file('live.graphql');
    const where = ['--file', path, '--by', 'ada'];
    const more = await file('more.graphql', WITH_MORE);
    await run('publish', ...where);
    await run('publish', more, ...where);
    await writeFile(path, WITH_MORE.slice(0, 5_000));
    await expect(run('diff', '--file', path)).rejects.toThrow(/^what is in force is neither/);
    await expect(run('publish', more, ...where)).rejects.toThrow(/^what is in force \(`rollback` puts/);
    expect((await run('publish --variant next', more, ...where)).output).toContain('published preview');
    const { output } = await run('rollback', ...where);
    expect(output).toMatch(/^nothing is compared: .*\npublished version 3 .*the text of version 2$/);
    expect(await readFile(path, 'utf8')).toBe(WITH_MORE);

    const first = JSON.parse(await readFile(`${path}.history/1.json`, 'utf8')).hash;
    const text = `${path}.history/${first}.graphql`;
    await writeFile(text, `${COMMITTED}# by somebody else\n`);
    await expect(run('rollback --to 1', ...where)).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining(text),
    });
    expect(await readFile(path, 'utf8')).toBe(WITH_MORE);
  });

  it('refuses what no gateway could serve', async () => {
    const where = ['--file', folder().file('live.graphql')];
    await expect(
      run('publish', await file('broken.graphql', 'type Query {'), ...where),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('cannot be served'),
    });
    expect((await run('history', ...where)).output).toBe('nothing was published yet');
  });
});

describeOnServer('nats-server', 'publications of a running installation', () => {
  it('reach its gateways', async () => {
    const server = await startLocalNats({ folder: folder().path });
    const gateway = createNatsBroadcast({ servers: server.url });
    onTestFinished(async () => {
      await gateway.stop();
      await server.stop();
    });
    const heard: string[] = [];
    gateway.watch(SUPERGRAPH_KEY, ({ value }) => heard.push(decodeSupergraph(value).sdl));
    await gateway.start();
    const where = ['--nats', server.url, '--by', 'ada'];
    // Its gateways serve what they were shipped with.
    const first = await run('publish', await file('narrower.graphql', WITHOUT_YEAR), ...where);
    expect(first).toMatchObject({
      code: 1,
      output: expect.stringMatching(/breaks TitlePage[\s\S]*not published/),
    });
    await run('publish', await file('more.graphql', WITH_MORE), ...where);
    await waitUntil(() => heard.at(-1) === WITH_MORE);
    const compared = await run('diff', '--nats', server.url);
    expect(compared.output).toContain('breaking: Title.releaseMonth was removed.');
    expect(compared.output).toContain('breaks no operation that is known');
    await run('publish', ...where);
    await waitUntil(() => heard.at(-1) === COMMITTED);
    await run('rollback', ...where);
    await waitUntil(() => heard.at(-1) === WITH_MORE);
    expect((await run('history', '--nats', server.url)).output).toMatch(/^\* 3 .*back to version 1/);

    await run('publish --variant next', ...where);
    expect((await run('variants', '--nats', server.url)).output).toMatch(/^next@/);
    await run('variants retire next', '--nats', server.url);
    expect((await run('variants', '--nats', server.url)).output).toBe('there are no preview variants');
  });
});

describe('preview variants', () => {
  it('are published beside what is in force, listed, and taken away', async () => {
    const path = folder().file('live.graphql');
    const where = ['--file', path, '--by', 'ada'];
    await run('publish', ...where);
    const narrower = await file('narrower.graphql', WITHOUT_YEAR);
    const published = await run(
      'publish --variant no-years --days 3 --url content=http://localhost:4101 --note',
      'without years',
      narrower,
      ...where,
    );
    expect(published.code).toBe(0);
    expect(published.output).toMatch(/breaks TitlePage/);
    expect(published.output).toMatch(/no-years@[0-9a-f]{12} until 2026-03-04T12:00:00.000Z/);
    // What is in force stays, and so does its history.
    expect(await readFile(path, 'utf8')).toBe(COMMITTED);
    expect((await run('history', '--file', path)).output.split('\n')).toHaveLength(1);
    expect((await run('variants', '--file', path)).output).toMatch(
      /^no-years@[0-9a-f]{12} {2}until .* {2}ada {2}without years {2}content at http:\/\/localhost:4101$/,
    );
    expect((await run('variants retire no-years', '--file', path)).output).toBe(
      'preview variant no-years is gone',
    );
    expect((await run('variants', '--file', path)).output).toBe('there are no preview variants');
    await expect(run('variants retire no-years', '--file', path)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it.each([
    ['publish --variant Feature/Years', /lower-case letters.*feature-years/],
    ['publish --variant years --days 91', /--days/],
    ['publish --variant years --url content', /--url: "content"/],
    ['publish --variant years --url content=file:///etc/passwd', /--url/],
    ['publish --variant years --url nobody=http://localhost:1', /nobody/],
    ['publish --days 3', /for --variant/],
    ['variants remove years', /retire/],
  ])('refuses %s', async (command, reason) => {
    await expect(run(command, '--file', folder().file('live.graphql'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(reason),
    });
  });
});

describe('changelog', () => {
  it('sorts what each version changed by severity and team', async () => {
    const where = ['--file', folder().file('live.graphql')];
    expect((await run('changelog', ...where)).output).toBe('Nothing was published.');
    await run('publish --note first --by ada', ...where);
    await run('publish --by ada --note', 'two changes', await file('more.graphql', WITH_MORE), ...where);
    const narrower = await file('narrower.graphql', WITHOUT_YEAR);
    await run('publish --accept-breaking --by bob --note', 'years are out', narrower, ...where);
    const { output } = await run('changelog', ...where);
    expect(output.split('\n## ').map((entry) => entry.split('\n')[0])).toEqual([
      '## Version 3, 2026-03-01',
      'Version 2, 2026-03-01',
      'Version 1, 2026-03-01',
    ]);
    expect(output).toContain('### Breaking\n\n**catalogue**\n\n- Title.releaseYear was removed.');
    expect(output).toContain('### Safe\n\n**catalogue**\n\n- Title.releaseMonth of type Int was added.');
    expect(output).toContain('years are out (bob).');
    expect(output).toContain('No version before it to compare with.');

    const since = JSON.parse((await run('changelog --since 1 --format json', ...where)).output);
    expect(since).toMatchObject([
      {
        version: 3,
        comparedWith: 2,
        changes: expect.arrayContaining([expect.objectContaining({ owner: 'catalogue' })]),
      },
      { version: 2, comparedWith: 1 },
    ]);
    await expect(run('changelog --format html', ...where)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(run('changelog --since yesterday', ...where)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describe('lint', () => {
  it('passes for what is shipped, lists its rules, and knows the subgraphs', async () => {
    expect(await run('lint')).toEqual({ code: 0, output: '0 findings' });
    expect(await run('lint --json --subgraph content')).toEqual({ code: 0, output: '[]' });
    expect((await run('lint --rules')).output).toContain('bounded-lists');
    await expect(run('lint --subgraph contents')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('explain', () => {
  it('says whose a part of the graph is, and where it is resolved', async () => {
    expect((await run('explain Title.viewer')).output).toBe(
      'Title.viewer: owned by team viewers (#viewers).\nResolved in user-profile.',
    );
    expect((await run('explain Title')).output).toMatch(
      /team catalogue[\s\S]*content, recommendation, user-profile/,
    );
    expect((await run('explain bounded-lists')).output).toContain('a lint rule');
  });

  it('says what codes of composition, of its hints and of answers mean', async () => {
    for (const [code, words] of [
      ['FIELD_TYPE_MISMATCH', /error of composition[\s\S]*incompatible/],
      ['UNUSED_ENUM_TYPE', /hint of composition/],
      ['OVERLOADED', /in answers[\s\S]*sent again/],
    ] as const) {
      expect((await run('explain', code)).output).toMatch(words);
    }
    expect(await run('explain', 'NO_SUCH_THING')).toMatchObject({ code: 1 });
  });

  it('says where what it is pointed at cannot be read', async () => {
    const broken = await file('broken.graphql', 'query {');
    await expect(run('explain', broken)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('broken.graphql: Syntax Error'),
    });
    await expect(run('explain TitlePage --supergraph', broken)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('broken.graphql is neither'),
    });
  });

  it('prints the plan of a trusted document, or what is wrong with one over a given supergraph', async () => {
    expect((await run('explain', 'TitlePage')).output).toMatch(/Fetch\(service: "content"\)/);
    const narrower = await file('narrower.graphql', WITHOUT_YEAR);
    const { code, output } = await run('explain TitlePage --supergraph', narrower);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('releaseYear') });
  });
});
