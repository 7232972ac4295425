/** Starts a server on the port it is given and lives until it is killed. */
import { tmpdir } from 'node:os';
import { launchServer } from '../local-server.ts';

const port = Number(process.argv[2]);
const server = await launchServer({
  name: 'listener',
  folder: tmpdir(),
  port,
  url: `tcp://127.0.0.1:${port}`,
  binary: process.execPath,
  args: ['-e', `require('node:net').createServer().listen(${port}, '127.0.0.1')`],
});
process.stdout.write(`${server.pid}\n`);
setInterval(() => undefined, 60_000);
