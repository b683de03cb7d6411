import type { PlaceOrder, PlaceNotice } from './place-messages';

/** A worker's share of the places of one kind, and who waits for one, first come, first served. */
export class PlaceShare<Claimant> {
  private idle = 0;
  /** Places that were ever granted. */
  private granted = 0;
  /** How many claimants the supervisor knows to wait. */
  private known = 0;
  /** What the supervisor asked for last, less what was given back since. */
  private spare = 0;
  private owed = 0;
  private claims = 0;
  private readonly waiting = new Map<Claimant, number>();

  /**
   * @param tell tells the supervisor
   * @param give a claimant has got a place
   * @param refuse there is none for it
   */
  constructor(
    private readonly tell: (notice: PlaceNotice) => void,
    private readonly give: (claimant: Claimant) => void,
    private readonly refuse: (claimant: Claimant) => void,
  ) {}

  /** How many wait. */
  get queued(): number {
    return this.waiting.size;
  }

  /** Gets a place, now or later, unless refused. */
  claim(claimant: Claimant): void {
    this.claims += 1;
    this.waiting.set(claimant, this.claims);
    this.assign();
  }

  /** A claimant that waits wants no place any more. */
  withdraw(claimant: Claimant): void {
    this.waiting.delete(claimant);
    this.assign();
  }

  /** One that had a place has left it. */
  release(): void {
    const isWanted = this.owed > 0 || (this.waiting.size === 0 && this.spare > 0);
    if (isWanted) this.giveBack(1);
    else this.idle += 1;
    this.assign();
  }

  apply(order: PlaceOrder): void {
    switch (order.type) {
      case 'grant':
        this.granted += order.count;
        this.known = Math.max(this.known - order.count, 0);
        this.idle += order.count;
        break;
      case 'ask': {
        const count = Math.min(this.idle, Math.max(order.spare, Math.floor(this.idle / 2)));
        this.idle -= count;
        this.spare = order.spare;
        this.owed = order.owed;
        this.giveBack(count, order.serial);
        break;
      }
      case 'refuse':
        for (const [claimant, number] of [...this.waiting]) {
          if (number > order.through) break;
          this.waiting.delete(claimant);
          this.refuse(claimant);
        }
        break;
    }
    this.assign();
  }

  private giveBack(count: number, answers?: number): void {
    this.spare = Math.max(this.spare - count, 0);
    this.owed = Math.max(this.owed - count, 0);
    this.tell({ type: 'giveBack', count, ...(answers !== undefined && { answers }) });
  }

  private assign(): void {
    while (this.idle > 0) {
      const [next] = this.waiting.keys();
      if (next === undefined) break;
      this.waiting.delete(next);
      this.idle -= 1;
      this.give(next);
    }
    const waiting = this.waiting.size;
    if (waiting === this.known) return;
    this.known = waiting;
    this.tell({ type: 'want', waiting, newest: this.claims, granted: this.granted });
  }
}
