import { type Admission, type AdmissionLimits, type Client, LimitedAdmission } from './admission';

/** A process whose clients are admitted here, and that may keep the places of those that left for those that come. */
export interface PlaceKeeper {
  /** From now on it keeps the place of a client that leaves, unless recalled. */
  keep(): void;
  /** It gives back the places that it keeps, keeps no more, and answers with {@link SharedAdmission.recalled}. */
  recall(): void;
}

/**
 * Admission of the clients of several processes under one set of limits.
 *
 * To ask another process for each client costs more than a short connection itself. So a process keeps the places that it has
 * got and fills them itself, for as long as more than enough are free. Who comes when none is free waits until the kept ones are
 * given back, and is judged then: nobody is refused for a place that is only kept.
 */
export class SharedAdmission implements Admission {
  private readonly keepers = new Set<PlaceKeeper>();
  private readonly admission: LimitedAdmission;
  private mayKeep = true;
  /** Those that have not answered the recall that is under way. */
  private readonly unanswered = new Set<PlaceKeeper>();
  /** Those that came meanwhile. */
  private readonly arrivals = new Set<Client>();

  constructor(limits: AdmissionLimits) {
    this.admission = new LimitedAdmission(limits);
  }

  join(keeper: PlaceKeeper): void {
    this.keepers.add(keeper);
    if (this.mayKeep) keeper.keep();
  }

  /** A process is gone; its clients have been taken out. */
  part(keeper: PlaceKeeper): void {
    this.keepers.delete(keeper);
    this.recalled(keeper);
  }

  /** The places that a process kept have been given back. */
  recalled(keeper: PlaceKeeper): void {
    if (this.unanswered.delete(keeper) && this.unanswered.size === 0) this.admitArrivals();
  }

  enter(client: Client): void {
    if (this.mayKeep && !this.admission.hasRoom) this.recall();
    if (this.unanswered.size > 0) this.arrivals.add(client);
    else this.admission.enter(client);
  }

  /** A client is gone, or the place of one that is gone is kept no more. */
  leave(client: Client): void {
    if (this.arrivals.delete(client)) return;
    this.admission.leave(client);
    if (this.mayKeep || this.unanswered.size > 0 || !this.admission.isAtEase) return;
    this.mayKeep = true;
    for (const keeper of this.keepers) keeper.keep();
  }

  private recall(): void {
    this.mayKeep = false;
    for (const keeper of this.keepers) {
      this.unanswered.add(keeper);
      keeper.recall();
    }
  }

  private admitArrivals(): void {
    const arrivals = [...this.arrivals];
    this.arrivals.clear();
    for (const client of arrivals) this.admission.enter(client);
  }
}
