/** Messages that were sent together, or due one after another: the first at `at`, each `step` ms later than the one before. */
interface Batch {
  at: number;
  readonly step: number;
  count: number;
}

/** When the messages in flight were sent, or due: a queue, kept in batches because messages are sent in batches. */
export class SendTimes {
  private readonly batches: Batch[] = [];
  private head = 0;

  add(at: number, step: number, count: number): void {
    this.batches.push({ at, step, count });
  }

  /**
   * Takes the `count` oldest.
   * @param each is given a time in ms and the number of messages that were sent then
   * @throws {RangeError} where there are fewer
   */
  take(count: number, each: (at: number, count: number) => void): void {
    for (let left = count; left > 0;) {
      const batch = this.batches[this.head];
      if (batch === undefined) throw new RangeError('more messages came back than were sent');
      const taken = Math.min(left, batch.count);
      if (batch.step === 0) each(batch.at, taken);
      else for (let index = 0; index < taken; index++) each(batch.at + index * batch.step, 1);
      batch.at += taken * batch.step;
      batch.count -= taken;
      left -= taken;
      if (batch.count === 0) this.drop();
    }
  }

  private drop(): void {
    this.head += 1;
    if (this.head === this.batches.length) {
      this.batches.length = 0;
      this.head = 0;
    } else if (this.head === 1024) {
      this.batches.splice(0, this.head);
      this.head = 0;
    }
  }
}
