import { type Socket, connect } from 'node:net';
import { FrameRing } from './frame-ring';

/** What the process that holds clients is told. */
export interface ClientsSpec {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  /** `silent`: connects. `echoed`: sends one frame, and gets its echo. `pump`: sends for ever and never reads. */
  readonly does: 'silent' | 'echoed' | 'pump';
  /** Bytes of payload a frame. */
  readonly payload: number;
}

/** What it tells: `ready` when every client has done what it does, or cannot send more for a while. */
export interface ClientsReady {
  /** Bytes that all clients together have handed to the kernel. */
  readonly sent: number;
}

/** Connections that are opened at a time. */
const AT_ONCE = 256;
/** Pumping clients are ready when none of them could send anything for so long, in ms. */
const QUIET_MS = 1_000;

const spec = JSON.parse(process.argv[2] ?? '') as ClientsSpec;
const ring = new FrameRing(spec.payload);
const sockets: Socket[] = [];
let ready = 0;

function sent(): number {
  return sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
}

function tellReady(): void {
  process.send?.({ sent: sent() } satisfies ClientsReady);
}

function whenQuiet(before = -1): void {
  const now = sent();
  if (now === before) tellReady();
  else setTimeout(whenQuiet, QUIET_MS, now);
}

function next(): void {
  if (++ready === spec.connections) {
    if (spec.does === 'pump') whenQuiet();
    else tellReady();
  }
  if (sockets.length < spec.connections) open();
}

/** Sends the ring round and round, as fast as it is taken. */
function pump(socket: Socket): void {
  const bytes = ring.slice(0, Infinity);
  const write = (): void => {
    while (socket.write(bytes));
  };
  socket.on('drain', write);
  write();
}

function open(): void {
  const socket = connect({ host: spec.host, port: spec.port, noDelay: true });
  sockets.push(socket);
  socket.once('error', (error) => {
    process.stderr.write(`clients: ${error.message}\n`);
    process.exit(1);
  });
  socket.once('connect', () => {
    if (spec.does === 'pump') {
      socket.pause();
      pump(socket);
      next();
    } else if (spec.does === 'silent') {
      next();
    } else {
      socket.write(ring.slice(0, ring.frameLength));
      let echoed = 0;
      socket.on('data', (chunk: Buffer) => {
        echoed += chunk.length;
        if (echoed === ring.frameLength) next();
      });
    }
  });
}

process.on('disconnect', () => process.exit(0)); // nobody holds them any more
for (let n = 0; n < Math.min(AT_ONCE, spec.connections); n++) open();
