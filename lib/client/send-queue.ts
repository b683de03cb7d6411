import type { Socket } from 'node:net';

/** The most that is given to the socket at a time, in bytes. Progress is seen in steps of this size. */
const SLICE = 65_536;

/**
 * Bytes waiting to be written to a socket, slice by slice. A socket reports only whole writes: during one of 100 MB it
 * would be unknown whether the peer takes any of it.
 */
export class SendQueue {
  /** Called whenever the kernel has taken everything that was given to the socket. */
  onProgress: () => void = () => undefined;
  private readonly pieces: Buffer[] = [];
  /** The first byte not yet given to the socket: index of its piece, and offset in that. */
  private head = 0;
  private offset = 0;
  private queued = 0;

  /** @param socket has a writableHighWaterMark of 1, so that 'drain' follows every write */
  constructor(private readonly socket: Socket) {
    socket.on('drain', () => {
      this.pump();
      this.onProgress();
    });
  }

  /** Bytes that the kernel has not taken yet. */
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
