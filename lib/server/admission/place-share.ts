import type { PlaceOrder, PlaceNotice } from './place-messages';

/** A worker's share of the places of one kind, and the clients that wait for one, first come, first served. */
export class PlaceShare<Client> {
  private idle = 0;
  /** Places received in all. */
  private granted = 0;
  /** Waiting clients as the supervisor knows them. */
  private reported = 0;
  /** `spare` and `owed` of the last `ask`, less the places returned since. */
  private spare = 0;
  private owed = 0;
  /** Number of the last client that claimed a place. */
  private newest = 0;
  /** The waiting clients by their numbers. */
  private readonly waiting = new Map<Client, number>();

  /**
   * @param notify sends a notice to the supervisor
   * @param give called with a client that gets a place
   * @param refuse called with a client that gets none
   */
  constructor(
    private readonly notify: (notice: PlaceNotice) => void,
    private readonly give: (client: Client) => void,
    private readonly refuse: (client: Client) => void,
  ) {}

  get queued(): number {
    return this.waiting.size;
  }

  /** Asks for a place. The client gets one, now or later, or is refused. */
  claim(client: Client): void {
    this.newest += 1;
    this.waiting.set(client, this.newest);
    this.assign();
  }

  /** A client no longer wants a place. Does nothing for one that does not wait. */
  withdraw(client: Client): void {
    this.waiting.delete(client);
    this.assign();
  }

  /** A client has left its place. */
  release(): void {
    const isWantedElsewhere = this.owed > 0 || (this.waiting.size === 0 && this.spare > 0);
    if (isWantedElsewhere) this.giveBack(1);
    else this.idle += 1;
    this.assign();
  }

  apply(order: PlaceOrder): void {
    switch (order.type) {
      case 'grant':
        this.granted += order.count;
        this.reported = Math.max(this.reported - order.count, 0);
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
        for (const [client, number] of [...this.waiting]) {
          if (number > order.through) break;
          this.waiting.delete(client);
          this.refuse(client);
        }
        break;
    }
    this.assign();
  }

  private giveBack(count: number, answers?: number): void {
    this.spare = Math.max(this.spare - count, 0);
    this.owed = Math.max(this.owed - count, 0);
    this.notify({ type: 'giveBack', count, ...(answers !== undefined && { answers }) });
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
    if (waiting === this.reported) return;
    this.reported = waiting;
    this.notify({ type: 'want', waiting, newest: this.newest, granted: this.granted });
  }
}
