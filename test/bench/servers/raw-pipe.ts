import { createServer } from 'node:net';
import { pipeline } from 'node:stream';

/** Node's own unframed echo. It parses nothing, guards nothing, logs nothing. */
createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  pipeline(socket, socket, () => undefined);
}).listen(Number(process.argv[2]), '127.0.0.1');
