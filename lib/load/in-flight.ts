import { randomBytes } from 'node:crypto';
import { firstDifference } from '../client/compare-reply';
import { HEADER_LENGTH } from '../framing';
import { SendTimes } from './measure/send-times';

/** Bytes that are written at once, where the window allows it. */
const SEGMENT = 65_536;

/** Payloads are filled with this. Its length is prime, so that messages of one segment differ even without their number. */
const FILLER = randomBytes(65_537);

/** Whole frames, back to back, as they were sent. */
interface Segment {
  readonly bytes: Buffer;
  filled: number;
}

/** How what was received differs from what was sent. */
export interface Difference {
  readonly kind: 'mismatch' | 'surplus';
  /** The message, counted from 1 on this connection. */
  readonly message: number;
  /** Of a mismatch: the offset in the frame, its header included, of the first byte that differs. */
  readonly offset: number;
  readonly sent: number;
  readonly got: number;
  /** Of a surplus: how many bytes were received that nothing had been sent for. */
  readonly bytes: number;
}

export interface InFlightOptions {
  /** The next payload's size in bytes. */
  readonly nextSize: () => number;
  /** The next message's number in the whole run, which makes it unique. */
  readonly nextNumber: () => number;
  /** Bytes of the largest frame, its header included. */
  readonly maxFrame: number;
  /** The most frames in flight. */
  readonly window: number;
}

/**
 * The messages of one connection that are in flight: makes them, and compares the replies with them. As wire bytes:
 *
 * ```
 *   segment 0                     segment 1
 *   [frame][frame][frame][frame]  [frame][frame]
 *     echoed --^ position                       ^ filled
 * ```
 *
 * Frames are written into segments one after another, and segments are sent as they are. Received chunks are compared with the same
 * bytes, headers included, so that a message costs no more than its stamp, and a changed length is reported as that and not as a reply
 * that never ends. A segment that was echoed is reused, with its filler.
 */
export class InFlight {
  /** Messages sent. */
  sent = 0;
  /** Messages that came back right. */
  echoed = 0;
  readonly times = new SendTimes();
  private readonly segments: Segment[] = [];
  private readonly spare: Segment[] = [];
  private readonly segmentSize: number;
  /** Offsets in the first segment: the end of what was echoed, and the start and end of the frame that is being received. */
  private position = 0;
  private frameStart = 0;
  private frameEnd = 0;

  constructor(private readonly options: InFlightOptions) {
    const wanted = Math.min(options.window, SEGMENT) * options.maxFrame;
    this.segmentSize = Math.max(options.maxFrame, Math.min(wanted, SEGMENT));
  }

  /** Messages in flight. */
  get count(): number {
    return this.sent - this.echoed;
  }

  /** Bytes of the reply that is being received: how many there are, and how many its frame has. Both are 0 between replies. */
  get partial(): { readonly have: number; readonly need: number } {
    const have = this.position - this.frameStart;
    return { have, need: have === 0 ? 0 : this.frameEnd - this.frameStart };
  }

  /**
   * Makes `count` messages.
   * @param at when the first is sent, or due, in ms
   * @param step ms from one to the next
   * @returns their wire bytes, which do not change before they are echoed
   */
  add(count: number, at: number, step = 0): Buffer[] {
    const pieces: Buffer[] = [];
    let segment = this.segments.at(-1);
    let start = segment?.filled ?? 0;
    for (let index = 0; index < count; index++) {
      const size = this.options.nextSize();
      if (segment === undefined || segment.bytes.length - segment.filled < HEADER_LENGTH + size) {
        if (segment !== undefined && segment.filled > start) pieces.push(segment.bytes.subarray(start, segment.filled));
        segment = this.addSegment();
        start = 0;
      }
      this.writeMessage(segment, size);
    }
    if (segment !== undefined && segment.filled > start) pieces.push(segment.bytes.subarray(start, segment.filled));
    this.sent += count;
    this.times.add(at, step, count);
    return pieces;
  }

  /**
   * Compares received bytes with what was sent. `echoed` then includes the messages that came back right before a difference.
   * @returns the first difference
   */
  verify(chunk: Buffer): Difference | undefined {
    for (let taken = 0; taken < chunk.length;) {
      const [segment] = this.segments;
      const length = segment === undefined ? 0 : Math.min(chunk.length - taken, segment.filled - this.position);
      if (segment === undefined || length === 0) return this.surplus(chunk.length - taken);
      const end = this.position + length;
      if (chunk.compare(segment.bytes, this.position, end, taken, taken + length) !== 0) {
        return this.mismatch(segment, chunk.subarray(taken, taken + length));
      }
      this.advance(segment, length);
      taken += length;
    }
    return undefined;
  }

  private addSegment(): Segment {
    const segment = this.spare.pop() ?? { bytes: Buffer.alloc(this.segmentSize, FILLER), filled: 0 };
    segment.filled = 0;
    this.segments.push(segment);
    return segment;
  }

  private writeMessage(segment: Segment, size: number): void {
    const { bytes, filled } = segment;
    if (this.segments[0] === segment && this.position === filled) this.frameEnd = filled + HEADER_LENGTH + size;
    bytes.writeUInt32BE(size, filled);
    stamp(bytes, filled + HEADER_LENGTH, size, this.options.nextNumber());
    segment.filled = filled + HEADER_LENGTH + size;
  }

  private advance(segment: Segment, length: number): void {
    this.position += length;
    while (this.frameEnd <= this.position) {
      this.echoed += 1;
      this.frameStart = this.frameEnd;
      if (this.frameStart === segment.filled) break;
      this.frameEnd += HEADER_LENGTH + segment.bytes.readUInt32BE(this.frameStart);
    }
    if (this.position === segment.filled) this.release(segment);
  }

  /** Reuses the first segment, all of which was echoed, unless it has room for more frames. */
  private release(segment: Segment): void {
    const roomForMore = segment.bytes.length - segment.filled >= this.options.maxFrame;
    if (this.segments.length === 1 && roomForMore) return;
    this.segments.shift();
    this.spare.push(segment);
    this.position = this.frameStart = 0;
    const [next] = this.segments;
    if (next !== undefined) this.frameEnd = HEADER_LENGTH + next.bytes.readUInt32BE(0);
  }

  private surplus(bytes: number): Difference {
    return { kind: 'surplus', message: this.echoed, offset: 0, sent: 0, got: 0, bytes };
  }

  private mismatch(segment: Segment, received: Buffer): Difference {
    const expected = segment.bytes.subarray(this.position, this.position + received.length);
    const good = firstDifference(expected, received) ?? 0;
    this.advance(segment, good);
    return {
      kind: 'mismatch',
      message: this.echoed + 1,
      offset: this.position - this.frameStart,
      sent: expected[good] as number,
      got: received[good] as number,
      bytes: 0,
    };
  }
}

/** Writes a message's number into the first eight bytes of its payload, or as much of it as fits. */
function stamp(bytes: Buffer, at: number, size: number, number: number): void {
  if (size >= 8) {
    bytes.writeUInt32BE(Math.floor(number / 0x1_0000_0000), at);
    bytes.writeUInt32BE(number >>> 0, at + 4);
  } else if (size > 0) {
    const width = Math.min(size, 6);
    bytes.writeUIntBE(number % 0x100 ** width, at, width);
  }
}
