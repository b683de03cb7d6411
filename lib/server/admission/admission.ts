/** A client that has connected and asks to be served. Exactly one of `accepted` and `refused` answers it. */
export interface Client {
  /** Where it stands, kept by the admission; undefined where it is not admitted, or no more. */
  place: 'arriving' | 'opening' | 'waiting' | 'serving' | undefined;
  /**
   * It may stay: its number in the run.
   * @returns whether it can be served at once. One that is still `opening`, as in a handshake, takes no place from others: it asks for its
   *   turn by {@link Admission.ready}
   */
  accepted(conn: number): 'ready' | 'opening';
  /** Its turn has come; after `accepted`. */
  serve(): void;
  /** `limit` connections are open already. */
  refused(limit: number): void;
}

/** Who may connect, and whose turn it is. */
export interface Admission {
  enter(client: Client): void;
  /** A client that was `opening` can be served from now on; once, and not after `leave`. */
  ready(client: Client): void;
  /** The client is gone; for each that entered, once. */
  leave(client: Client): void;
}

export interface AdmissionLimits {
  /** Clients served at once; the next wait. */
  readonly concurrency: number;
  /** Clients in all, the waiting included; the next are refused. */
  readonly maxConnections: number;
}

/** Admission under the two limits of a service, first come, first served. */
export class LimitedAdmission implements Admission {
  private accepted = 0;
  private open = 0;
  private serving = 0;
  private readonly waiting = new Set<Client>();

  constructor(private readonly limits: AdmissionLimits) {}

  enter(client: Client): void {
    const { maxConnections } = this.limits;
    if (this.open >= maxConnections) {
      client.refused(maxConnections);
      return;
    }
    this.open += 1;
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

  leave(client: Client): void {
    const { place } = client;
    client.place = undefined;
    if (place !== undefined) this.open -= 1;
    if (place === 'waiting') this.waiting.delete(client);
    if (place !== 'serving') return;
    this.serving -= 1;
    if (this.waiting.size === 0) return;
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
