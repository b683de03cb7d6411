/**
 * Where a client stands: `arriving` until it is admitted, `opening` until it is ready to be served, `lingering` once it
 * needs no more service.
 */
type Place = 'arriving' | 'opening' | 'waiting' | 'serving' | 'lingering';

/** A client that has connected and asks to be served. Exactly one of `accepted` and `refused` answers it. */
export interface Client {
  /** Kept by the admission; undefined for a client that was refused or has left. */
  place: Place | undefined;
  /**
   * It may stay: its number in the run.
   * @returns whether it can be served at once. One that is still `opening`, as in a handshake, takes no place yet: it
   *   asks for its turn with {@link Admission.ready}
   */
  accepted(conn: number): 'ready' | 'opening';
  /** Its turn has come. Follows `accepted`. */
  serve(): void;
  /** `limit` connections are open already. */
  refused(limit: number): void;
}

/** Decides who may connect, and whose turn it is. */
export interface Admission {
  enter(client: Client): void;
  /** A client that was `opening` can be served now. Called at most once, and not after `leave`. */
  ready(client: Client): void;
  /**
   * A client that was served needs no more service: the next takes its turn. Its connection still counts until it
   * leaves.
   */
  served(client: Client): void;
  /** The client is gone. Called once for each that entered. */
  leave(client: Client): void;
}

export interface AdmissionLimits {
  /** Clients served at once; the next wait. */
  readonly concurrency: number;
  /** Clients connected at once, the waiting included; the next are refused. */
  readonly maxConnections: number;
}

/** Admission under the two limits of a service, first come, first served. */
export class LimitedAdmission implements Admission {
  private accepted = 0;
  private connected = 0;
  private serving = 0;
  private readonly waiting = new Set<Client>();

  constructor(private readonly limits: AdmissionLimits) {}

  enter(client: Client): void {
    const { maxConnections } = this.limits;
    if (this.connected >= maxConnections) {
      client.refused(maxConnections);
      return;
    }
    this.connected += 1;
    client.place = 'opening';
    if (client.accepted(++this.accepted) === 'ready') this.ready(client);
  }

  ready(client: Client): void {
    if (this.serving < this.limits.concurrency) {
      this.start(client);
    } else {
      client.place = 'waiting';
      this.waiting.add(client);
    }
  }

  served(client: Client): void {
    if (client.place !== 'serving') return;
    client.place = 'lingering';
    this.serving -= 1;
    this.startNext();
  }

  leave(client: Client): void {
    if (client.place === undefined) return;
    this.served(client);
    this.waiting.delete(client);
    client.place = undefined;
    this.connected -= 1;
  }

  private startNext(): void {
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    this.start(next);
  }

  private start(client: Client): void {
    this.serving += 1;
    client.place = 'serving';
    client.serve();
  }
}
