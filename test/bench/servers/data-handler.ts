import { createServer } from 'node:net';

const MAX_PAYLOAD = 65_536;

/** The framed echo as one writes it by hand, with care: a 'data' handler that keeps the rest of a chunk for the next. */
createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    let canTakeMore = true;
    socket.cork();
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32BE(at);
      if (length > MAX_PAYLOAD) {
        socket.destroy();
        return;
      }
      if (bytes.length - at < 4 + length) break;
      canTakeMore = socket.write(bytes.subarray(at, at + 4 + length));
      at += 4 + length;
    }
    socket.uncork();
    rest = bytes.subarray(at);
    if (!canTakeMore) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}).listen(Number(process.argv[2]), '127.0.0.1');
