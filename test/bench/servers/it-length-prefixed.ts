import { createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { decode, encode } from 'it-length-prefixed';
import { lengthDecoder, lengthEncoder } from '../uint32-length';

/** The framed echo with npm it-length-prefixed, which libp2p uses: an async generator to decode, one to encode. */
createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  pipeline(
    socket,
    (source: AsyncIterable<Uint8Array>) => decode(source, { lengthDecoder, maxDataLength: 65_536 }),
    (frames) => encode(frames, { lengthEncoder, maxDataLength: 65_536 }),
    socket,
    () => undefined,
  );
}).listen(Number(process.argv[2]), '127.0.0.1');
