/** A process that publishes by files when it is told to: `racing-publisher.ts <file> <text> <after>`; the outcome is its last line. */
import { once } from 'node:events';
import { folderPublications } from '../folder-publications.ts';

const [file = '', sdl = '', after = '0'] = process.argv.slice(2);
const publications = folderPublications(file, () => new Date());
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const outcome = await publications
  .publish({ sdl, publishedBy: String(process.pid), note: '' }, Number(after))
  .then(
    ({ version }) => `version ${version}`,
    (error: { code: string }) => error.code,
  );
process.stdout.write(`${outcome}\n`);
process.exit(0);
