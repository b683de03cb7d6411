/** Bytes that the ring is at least as long as, so that a large window goes out in few writes. */
const RING_BYTES = 1 << 17;

/**
 * Framed, unique payloads, formatted before the run: a client sends them round and round, and knows of each byte that
 * comes back what it must be. A frame that is lost, doubled or out of order does not match.
 */
export class FrameRing {
  readonly frameLength: number;
  private readonly bytes: Buffer;

  /** @param payload bytes of payload a frame */
  constructor(payload: number) {
    this.frameLength = 4 + payload;
    const frames = Math.max(Math.ceil(RING_BYTES / this.frameLength), 2);
    this.bytes = Buffer.alloc(frames * this.frameLength);
    let noise = 1;
    for (let at = 0; at < this.bytes.length; at++) {
      noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
      this.bytes[at] = noise >>> 24;
    }
    for (let at = 0; at < this.bytes.length; at += this.frameLength) this.bytes.writeUInt32BE(payload, at);
  }

  /** The bytes of the stream from `from` to `to`, or to where the ring begins again. */
  slice(from: number, to: number): Buffer {
    const at = from % this.bytes.length;
    return this.bytes.subarray(at, Math.min(at + to - from, this.bytes.length));
  }

  /** Whether the first `length` bytes of `received` are those of the stream from `from` on. */
  matches(received: Buffer, length: number, from: number): boolean {
    for (let done = 0; done < length;) {
      const at = (from + done) % this.bytes.length;
      const part = Math.min(length - done, this.bytes.length - at);
      if (received.compare(this.bytes, at, at + part, done, done + part) !== 0) return false;
      done += part;
    }
    return true;
  }
}
