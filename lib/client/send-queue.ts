import type { Socket } from 'node:net';

/** The most that the socket holds at a time, in bytes: the measure in which progress is seen. */
const SLICE = 65_536;

/**
 * Bytes on their way into a socket, handed over slice by slice. A socket tells only when a whole write is done; of one of 100 MB
 * it would not be known whether the peer takes any of it.
 */
export class SendQueue {
  /** Called whenever the socket has taken what it was given. */
  onProgress: () => void = () => undefined;
  private readonly pieces: Buffer[] = [];
  /** The first piece that is not yet handed over, and its first byte that is not. */
  private head = 0;
  private offset = 0;
  private queued = 0;

  /** @param socket with a writableHighWaterMark of 1, so that a 'drain' follows every write */
  constructor(private readonly socket: Socket) {
    socket.on('drain', () => {
      this.pump();
      this.onProgress();
    });
  }

  /** Bytes that the kernel has not taken. */
  get byteLength(): number {
    return this.queued + this.socket.writableLength;
  }

  add(pieces: readonly Buffer[]): void {
    const [piece] = pieces;
    if (pieces.length === 1 && piece !== undefined && piece.length <= SLICE && this.byteLength === 0) {
      this.socket.write(piece);
      return;
    }
    for (const each of pieces) {
      if (each.length === 0) continue;
      this.pieces.push(each);
      this.queued += each.length;
    }
    this.pump();
  }

  private pump(): void {
    const { socket } = this;
    while (this.queued > 0 && socket.writableLength === 0 && socket.writable) {
      socket.cork();
      for (let handed = 0; handed < SLICE && this.queued > 0;) handed += this.handOver();
      socket.uncork();
    }
  }

  private handOver(): number {
    const piece = this.pieces[this.head] as Buffer;
    const slice = piece.subarray(this.offset, this.offset + SLICE);
    this.socket.write(slice);
    this.queued -= slice.length;
    this.offset += slice.length;
    if (this.offset === piece.length) {
      this.offset = 0;
      this.head += 1;
    }
    if (this.queued === 0) {
      this.pieces.length = 0;
      this.head = 0;
    }
    return slice.length;
  }
}
