import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { startLocalNats } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveStream, broadcastPublications } from './broadcast-publications.ts';
import type { Publications } from './publications.ts';
import { publishShipped } from './shipped-publication.ts';

const now = () => new Date('2026-03-01T12:00:00Z');
const text = (field: string) => `type Query { ${field}: Int }\n`;
const [release1, release2, ours] = [text('one'), text('two'), text('ours')];

const inMemory = () => {
  const parts = { broadcast: createMemoryBroadcast(), archive: createMemoryBroadcast() };
  return { ...parts, publications: broadcastPublications({ ...parts, now }) };
};
const ship = (publications: Publications, sdl: string) =>
  publishShipped({ publications, sdl, logger: silentLogger });
const inForce = async (publications: Publications) => {
  const { version, sdl } = (await publications.current())!;
  return { version, sdl };
};

describe('the supergraph of a release', () => {
  it('is in force from the first start, and nothing happens at the next', async () => {
    const { publications } = inMemory();
    expect(await ship(publications, release1)).toBe('published');
    expect(await ship(publications, release1)).toBe('in-force');
    expect(await inForce(publications)).toEqual({ version: 1, sdl: release1 });
    expect(await publications.history()).toHaveLength(1);
  });

  it('leaves in force what was published or rolled back to after it', async () => {
    const { publications } = inMemory();
    await ship(publications, release1);
    await publications.publish({ sdl: ours, publishedBy: 'ada', note: '' }, 1);
    expect(await ship(publications, release1)).toBe('superseded');
    expect(await inForce(publications)).toEqual({ version: 2, sdl: ours });

    await publications.publish({ sdl: release1, publishedBy: 'ada', note: '', rollbackTo: 1 }, 2);
    expect(await ship(publications, release1)).toBe('in-force');
  });

  it('takes over when the release is new, and gateways of the one before do not take it back', async () => {
    const { publications } = inMemory();
    await ship(publications, release1);
    expect(await ship(publications, release2)).toBe('published');
    expect(await ship(publications, release1)).toBe('superseded');
    expect(await inForce(publications)).toEqual({ version: 2, sdl: release2 });
    await publications.publish({ sdl: release1, publishedBy: 'ada', note: '', rollbackTo: 1 }, 2);
    expect(await ship(publications, release2)).toBe('superseded');
  });

  it('is published after all when whoever began to has been ended in between', async () => {
    const { broadcast, archive, publications } = inMemory();
    await ship(publications, release1);
    const dying = broadcastPublications({
      broadcast: { ...broadcast, put: () => Promise.reject(new Error('the process is gone')) },
      archive,
      now,
    });
    await expect(ship(dying, release2)).rejects.toThrow('gone');
    expect(await inForce(publications)).toEqual({ version: 1, sdl: release1 });
    expect(await ship(publications, release2)).toBe('published');
    expect((await publications.current())?.sdl).toBe(release2);
  });
});

describeOnServer('nats-server', 'the supergraph of a release, on NATS', () => {
  it('is published once by several gateways that start together', async () => {
    const folder = temporaryFolder();
    const server = await startLocalNats({ folder: folder.path });
    onTestFinished(async () => {
      await server.stop();
      await folder.remove();
    });
    const gateways = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const connect = async (stream: string) => {
          const broadcast = createNatsBroadcast({ servers: server.url, stream });
          await broadcast.start();
          return broadcast;
        };
        const [broadcast, archive] = await Promise.all(['marquee', archiveStream('marquee')].map(connect));
        return broadcastPublications({ broadcast: broadcast!, archive: archive!, now });
      }),
    );
    onTestFinished(async () => void (await Promise.all(gateways.map((each) => each.close()))));
    const outcomes = await Promise.all(gateways.map((publications) => ship(publications, release1)));
    expect(outcomes.filter((outcome) => outcome === 'published')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'in-force')).toHaveLength(4);
    const current = await inForce(gateways[0]!);
    expect(current.sdl).toBe(release1);
    expect((await gateways[0]!.history()).map(({ version }) => version)).toEqual([current.version]);
  });
});
