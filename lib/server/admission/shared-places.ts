import type { PlaceOrder, PlaceNotice } from './place-messages';

/** What is known of one worker's share. */
interface Share {
  readonly tell: (order: PlaceOrder) => void;
  /** Places that it may hold: all that it was granted and has not given back. */
  held: number;
  /** Places that it was ever granted. */
  granted: number;
  /** Its clients that wait, and for whom no place is on its way. */
  waiting: number;
  /** The number of the last that came to wait. */
  newest: number;
  /** What it was asked for last, less what it gave back since. */
  spare: number;
  owed: number;
  /** The last question that it was asked, and the first that it has not answered. */
  asked: number;
  unanswered: number | undefined;
  /** Its clients up to `through` may be refused when all have answered the question `serial`. */
  readonly undecided: { readonly serial: number; readonly through: number }[];
}

/**
 * The places of one kind of a service on several workers: who may hold how many.
 *
 * Each worker starts with an even share and fills it without asking. What nobody was granted is free here. A worker whose
 * clients lack places gets free ones, and the others are asked for what they do not use; one that has less than its even
 * share gets the places of those that have more, as their clients leave.
 *
 * The limit holds whatever happens to a worker or a message: a place counts from before its grant is sent until the worker
 * says that it is given back, or is gone. No answer is waited for, except before a client is refused: that takes the
 * answer of every worker, as one of them may have a place.
 */
export class SharedPlaces {
  private readonly shares = new Map<object, Share>();
  private free: number;
  private readonly even: number;
  private serial = 0;
  /** Whether something came to pass that makes it worth asking. */
  private isNews = false;

  /**
   * @param limit places in all
   * @param workers how many share them when all are there
   * @param onFull what clients do that find no place
   */
  constructor(
    limit: number,
    workers: number,
    private readonly onFull: 'wait' | 'refuse',
  ) {
    this.free = limit;
    this.even = Math.floor(limit / workers);
  }

  /** A worker has come. */
  add(worker: object, tell: (order: PlaceOrder) => void): void {
    const share: Share = {
      tell,
      held: 0,
      granted: 0,
      waiting: 0,
      newest: 0,
      spare: 0,
      owed: 0,
      asked: 0,
      unanswered: undefined,
      undecided: [],
    };
    this.grant(share, Math.min(this.free, this.even));
    if (share.held < this.even) this.askForSurplus();
    this.shares.set(worker, share);
    this.rebalance();
  }

  /** A worker is gone, and all of its clients with it. */
  remove(worker: object): void {
    const share = this.shares.get(worker);
    if (share === undefined) return;
    this.shares.delete(worker);
    this.free += share.held;
    this.rebalance();
  }

  handle(worker: object, notice: PlaceNotice): void {
    const share = this.shares.get(worker);
    if (share === undefined) return;
    if (notice.type === 'want') this.want(share, notice);
    else this.takeBack(share, notice);
    this.rebalance();
  }

  private want(share: Share, { waiting, newest, granted }: Extract<PlaceNotice, { type: 'want' }>): void {
    const onTheWay = share.granted - granted;
    const unmet = Math.max(waiting - onTheWay, 0);
    if (unmet > share.waiting || newest > share.newest) this.isNews = true;
    share.waiting = unmet;
    share.newest = newest;
  }

  private takeBack(share: Share, { count, answers }: Extract<PlaceNotice, { type: 'giveBack' }>): void {
    share.held -= count;
    this.free += count;
    share.spare = Math.max(share.spare - count, 0);
    share.owed = Math.max(share.owed - count, 0);
    if (answers === undefined) this.isNews = true;
    else share.unanswered = answers < share.asked ? answers + 1 : undefined;
  }

  private rebalance(): void {
    this.giveOut();
    if (this.isNews && this.wanting().length > 0) this.ask();
    this.isNews = false;
    this.refuseUndecided();
  }

  /** Those who lack places, the poorest first; of equals, who got one longest ago. */
  private wanting(): Share[] {
    return [...this.shares.values()].filter(({ waiting }) => waiting > 0).sort((a, b) => a.held - b.held);
  }

  private giveOut(): void {
    const fed = new Set<Share>();
    while (this.free > 0) {
      const wanting = this.wanting();
      const [poorest] = wanting;
      if (poorest === undefined) break;
      this.grant(poorest, Math.min(poorest.waiting, Math.ceil(this.free / wanting.length)));
      fed.add(poorest);
    }
    // Who lacked one place will lack more: it asks less often if it gets a part of what is free.
    for (const share of fed) this.grant(share, Math.ceil(this.free / 2));
  }

  private grant(share: Share, count: number): void {
    if (count === 0) return;
    this.free -= count;
    share.held += count;
    share.granted += count;
    share.waiting = Math.max(share.waiting - count, 0);
    share.tell({ type: 'grant', count });
    this.moveBack(share);
  }

  /** Makes it the last among equals. */
  private moveBack(share: Share): void {
    for (const [worker, each] of this.shares) {
      if (each !== share) continue;
      this.shares.delete(worker);
      this.shares.set(worker, share);
      return;
    }
  }

  /** Asks those who have places for what others lack. */
  private ask(): void {
    this.serial += 1;
    const wanting = this.wanting();
    const lacking = wanting.reduce((sum, { waiting }) => sum + waiting, 0);
    if (this.onFull === 'wait') this.imposeDebts(wanting);
    else for (const share of wanting) share.undecided.push({ serial: this.serial, through: share.newest });
    for (const share of this.shares.values()) {
      const spare = lacking - share.waiting;
      if (spare > 0 && share.held > 0) this.askOne(share, spare);
    }
  }

  /** Asks for what is more than an even share, for one that came anew. */
  private askForSurplus(): void {
    this.serial += 1;
    for (const share of this.shares.values()) {
      const surplus = share.held - this.even;
      if (surplus > 0) this.askOne(share, Math.max(surplus, share.spare));
    }
  }

  private askOne(share: Share, spare: number): void {
    share.spare = spare;
    share.asked = this.serial;
    share.unanswered ??= this.serial;
    share.tell({ type: 'ask', serial: this.serial, spare, owed: share.owed });
  }

  /** Those with more than an even share owe it to those with less, and one place to who has none. */
  private imposeDebts(wanting: readonly Share[]): void {
    let missing = 0;
    for (const { waiting, held } of wanting) {
      missing += Math.min(waiting, Math.max(this.even - held, held === 0 ? 1 : 0));
    }
    const rich = [...this.shares.values()].sort((a, b) => b.held - a.held);
    for (const { owed } of rich) missing -= owed;
    for (const share of rich) {
      const debt = Math.max(Math.min(share.held - share.owed - this.even, missing), 0);
      share.owed += debt;
      missing -= debt;
    }
  }

  /** Refuses those for whom every worker was asked in vain. */
  private refuseUndecided(): void {
    const shares = [...this.shares.values()];
    const unanswered = Math.min(...shares.map((share) => share.unanswered ?? Infinity));
    for (const share of shares) {
      let through: number | undefined;
      while (share.undecided[0] !== undefined && share.undecided[0].serial < unanswered) {
        through = share.undecided.shift()?.through;
      }
      if (through === undefined || share.waiting === 0) continue;
      if (through === share.newest) share.waiting = 0;
      share.tell({ type: 'refuse', through });
    }
  }
}
