import { createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { decode, encode } from 'frame-stream';

/** The framed echo with npm frame-stream: a Transform to decode, a Transform to encode. */
createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  pipeline(socket, decode({ maxSize: 65_536 }), encode(), socket, () => undefined);
}).listen(Number(process.argv[2]), '127.0.0.1');
