/** Messages that were due one after another at one step: the first at `at`, the next `step` later. In ms. */
interface Row {
  at: number;
  readonly step: number;
  count: number;
}

/** When the messages in flight were sent, or due, in order: kept by the row, as they are sent by the row. */
export class SendTimes {
  private readonly rows: Row[] = [];
  private head = 0;

  add(at: number, step: number, count: number): void {
    this.rows.push({ at, step, count });
  }

  /** Takes the `count` oldest. `each` gets the time that it was sent at of every one, or of several that share it. */
  take(count: number, each: (at: number, count: number) => void): void {
    for (let left = count; left > 0;) {
      const row = this.rows[this.head];
      if (row === undefined) throw new RangeError('more messages came back than were sent');
      const taken = Math.min(left, row.count);
      if (row.step === 0) each(row.at, taken);
      else for (let index = 0; index < taken; index++) each(row.at + index * row.step, 1);
      row.at += taken * row.step;
      row.count -= taken;
      left -= taken;
      if (row.count === 0) this.drop();
    }
  }

  private drop(): void {
    this.head += 1;
    if (this.head === this.rows.length) {
      this.rows.length = 0;
      this.head = 0;
    } else if (this.head === 1024) {
      this.rows.splice(0, this.head);
      this.head = 0;
    }
  }
}
