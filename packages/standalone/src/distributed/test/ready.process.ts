/** The least that a supervised process is: it answers `/ready`, once a thread of its own has run. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';

await once(new Worker('', { eval: true }), 'exit');
createServer((_, response) => response.end()).listen(Number(process.env.PORT), '127.0.0.1');
