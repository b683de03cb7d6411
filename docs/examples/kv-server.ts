/**
 * A key-value store over frames: `GET key`, `SET key value`, `DEL key`, each a frame; the reply is a frame, too.
 *
 * usage: kv-server.ts [PORT [HOST]]   (9901, 127.0.0.1)
 */
import { type FrameHandler, createFrameServer } from 'trustctl';

const store = new Map<string, Buffer>();

const handler: FrameHandler = (request) => {
  const [, command, key = '', value] = /^(\w+) (\S+)(?: ([^]*))?$/.exec(request.toString('latin1')) ?? [];
  switch (command) {
    case 'GET': {
      const found = store.get(key);
      return found === undefined ? 'NONE' : ['VALUE', found];
    }
    case 'SET':
      // Copied: the request is a view into the buffer that it arrived in.
      store.set(key, Buffer.from(value ?? '', 'latin1'));
      return 'OK';
    case 'DEL':
      return store.delete(key) ? 'OK' : 'NONE';
    default:
      return `ERROR unknown command: ${request.subarray(0, 20).toString()}`;
  }
};

const [port = '9901', host = '127.0.0.1'] = process.argv.slice(2);
const log = {
  debugEnabled: false,
  event: (event: string, fields: object = {}) => console.log(JSON.stringify({ event, ...fields })),
};
const server = createFrameServer({ host, port: Number(port), timeout: 60 }, handler, log);
void server.listen().then((address) => log.event('server_start', address));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop());
