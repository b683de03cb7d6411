import { createServer } from 'node:net';
import { PassThrough, pipeline } from 'node:stream';

/** Three of Node's own Transforms that do nothing: what a pipeline of this shape costs by itself. */
createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  pipeline(socket, new PassThrough(), new PassThrough(), new PassThrough(), socket, () => undefined);
}).listen(Number(process.argv[2]), '127.0.0.1');
