import { HEX_ROW, hexRow } from '../text/hex-row';

/** The sign before the lines of each direction. */
const signs = { sent: '>', received: '<' } as const;

/**
 * Wire bytes of both directions, as `hexdump -C` shows them. Each direction has its own offsets:
 *
 * ```
 * > 00000000  00 00 00 02 41 42                                 |....AB|
 * < 00000000  00 00 00 02 41 42                                 |....AB|
 * ```
 *
 * A line ends when it is full or the direction changes.
 */
export class HexDump {
  private direction: keyof typeof signs = 'sent';
  private readonly offsets = { sent: 0, received: 0 };
  private partial = Buffer.alloc(0);

  /** @param print called with whole lines */
  constructor(private readonly print: (lines: string) => void) {}

  add(direction: keyof typeof signs, bytes: Buffer): void {
    if (direction !== this.direction) this.flush();
    this.direction = direction;
    const all = this.partial.length > 0 ? Buffer.concat([this.partial, bytes]) : bytes;
    const whole = all.length - (all.length % HEX_ROW);
    this.printLines(all.subarray(0, whole));
    this.partial = Buffer.from(all.subarray(whole));
  }

  /** Prints the last, incomplete line. */
  flush(): void {
    this.printLines(this.partial);
    this.partial = Buffer.alloc(0);
  }

  private printLines(bytes: Buffer): void {
    let lines = '';
    for (let at = 0; at < bytes.length; at += HEX_ROW) lines += this.line(bytes.subarray(at, at + HEX_ROW));
    if (lines !== '') this.print(lines);
  }

  private line(bytes: Buffer): string {
    const offset = this.offsets[this.direction];
    this.offsets[this.direction] += bytes.length;
    return `${signs[this.direction]} ${hexRow(bytes, offset)}\n`;
  }
}
