import type { PlaceOrder, PlaceNotice } from './place-messages';

/** One worker's share, as the supervisor knows it. */
interface Share {
  readonly send: (order: PlaceOrder) => void;
  /** Places granted and not returned. */
  held: number;
  /** Places granted in all. */
  granted: number;
  /** Its waiting clients for whom no granted place is on its way. */
  waiting: number;
  /** Number of its last client that waited. */
  newest: number;
  /** `spare` and `owed` of the last `ask`, less the places returned since. */
  spare: number;
  owed: number;
  /** Serial of the last `ask` sent to it, and of the first that it has not answered. */
  asked: number;
  unanswered: number | undefined;
  /** Its clients up to `through` may be refused once every worker has answered the `ask` with this serial. */
  readonly undecided: { readonly serial: number; readonly through: number }[];
}

/**
 * Distributes the places of one kind among the workers of a service.
 *
 * Each worker starts with an equal share and fills it without asking. Places not granted to any worker are free. A
 * worker with too few gets free places, and the others are asked for those that they do not use. A worker below its
 * equal share also gets places of workers above theirs, as their clients leave.
 *
 * The limit holds even if workers die and messages are late: a place counts as held from before its grant is sent until
 * the worker returns it or ends. Answers are waited for only before a client is refused: then every worker has to
 * answer, as any of them may have an idle place.
 */
export class SharedPlaces {
  private readonly shares = new Map<object, Share>();
  private free: number;
  private readonly equalShare: number;
  private serial = 0;
  /** Whether to ask for places again, since more are lacking or one was returned. */
  private shouldAsk = false;

  /**
   * @param limit places in all
   * @param workers how many workers share them
   * @param onFull whether clients without a place wait, or are refused
   */
  constructor(
    limit: number,
    workers: number,
    private readonly onFull: 'wait' | 'refuse',
  ) {
    this.free = limit;
    this.equalShare = Math.floor(limit / workers);
  }

  /** Adds a worker. @param send sends an order to it */
  add(worker: object, send: (order: PlaceOrder) => void): void {
    const share: Share = {
      send,
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
    this.grant(share, Math.min(this.free, this.equalShare));
    if (share.held < this.equalShare) this.askForExcess();
    this.shares.set(worker, share);
  }

  /** Removes a worker that has ended, and its clients with it. */
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
    const onTheirWay = share.granted - granted;
    if (newest > share.newest) this.shouldAsk = true;
    share.waiting = Math.max(waiting - onTheirWay, 0);
    share.newest = newest;
  }

  private takeBack(share: Share, { count, answers }: Extract<PlaceNotice, { type: 'giveBack' }>): void {
    share.held -= count;
    this.free += count;
    share.spare = Math.max(share.spare - count, 0);
    share.owed = Math.max(share.owed - count, 0);
    if (answers === undefined) this.shouldAsk = true;
    else share.unanswered = answers < share.asked ? answers + 1 : undefined;
  }

  private rebalance(): void {
    this.giveOut();
    if (this.shouldAsk && this.wanting().length > 0) this.ask();
    this.shouldAsk = false;
    this.refuseUndecided();
  }

  /**
   * The workers that lack places: those with the fewest first, and among equals the one that got a place longest ago.
   */
  private wanting(): Share[] {
    return [...this.shares.values()].filter(({ waiting }) => waiting > 0).sort((a, b) => a.held - b.held);
  }

  private giveOut(): void {
    const served = new Set<Share>();
    while (this.free > 0) {
      const wanting = this.wanting();
      const [first] = wanting;
      if (first === undefined) break;
      this.grant(first, Math.min(first.waiting, Math.ceil(this.free / wanting.length)));
      served.add(first);
    }
    // A worker that lacked one place will probably lack more: with some in advance it asks less often.
    for (const share of served) this.grant(share, Math.ceil(this.free / 2));
  }

  private grant(share: Share, count: number): void {
    if (count === 0) return;
    this.free -= count;
    share.held += count;
    share.granted += count;
    share.waiting = Math.max(share.waiting - count, 0);
    share.send({ type: 'grant', count });
    this.moveToEnd(share);
  }

  private moveToEnd(share: Share): void {
    for (const [worker, each] of this.shares) {
      if (each !== share) continue;
      this.shares.delete(worker);
      this.shares.set(worker, share);
      return;
    }
  }

  /** Asks every worker with places for the number that the others lack. */
  private ask(): void {
    this.serial += 1;
    const wanting = this.wanting();
    const lacking = wanting.reduce((sum, { waiting }) => sum + waiting, 0);
    if (this.onFull === 'wait') this.claimOwed(wanting);
    else for (const share of wanting) share.undecided.push({ serial: this.serial, through: share.newest });
    for (const share of this.shares.values()) {
      const spare = lacking - share.waiting;
      if (spare > 0 && share.held > 0) this.askOne(share, spare);
    }
  }

  /** Asks workers above their equal share for the excess, for a worker that was added. */
  private askForExcess(): void {
    this.serial += 1;
    for (const share of this.shares.values()) {
      const excess = share.held - this.equalShare;
      if (excess > 0) this.askOne(share, Math.max(excess, share.spare));
    }
  }

  private askOne(share: Share, spare: number): void {
    share.spare = spare;
    share.asked = this.serial;
    share.unanswered ??= this.serial;
    share.send({ type: 'ask', serial: this.serial, spare, owed: share.owed });
  }

  /**
   * Lets workers above their equal share owe the excess to those below theirs, and a place to a worker that has none.
   */
  private claimOwed(wanting: readonly Share[]): void {
    let missing = 0;
    for (const { waiting, held } of wanting) {
      missing += Math.min(waiting, Math.max(this.equalShare - held, held === 0 ? 1 : 0));
    }
    const byPlaces = [...this.shares.values()].sort((a, b) => b.held - a.held);
    for (const { owed } of byPlaces) missing -= owed;
    for (const share of byPlaces) {
      const more = Math.max(Math.min(share.held - share.owed - this.equalShare, missing), 0);
      share.owed += more;
      missing -= more;
    }
  }

  /** Refuses the clients for whom every worker has been asked and has answered. */
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
      share.send({ type: 'refuse', through });
    }
  }
}
