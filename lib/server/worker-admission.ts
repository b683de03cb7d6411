import type { Admission, Client } from './admission';
import type { FromWorker } from './worker-messages';

/**
 * Admission in a worker: it asks the process that forked it for places, and fills those that it may keep itself. Its numbers
 * for the connections are its own.
 */
export class WorkerAdmission implements Admission {
  private entered = 0;
  /** Those that have no place yet, by the number of the one that they asked for. */
  private readonly asking = new Map<number, Client>();
  /** Places whose clients have left. */
  private readonly kept: number[] = [];
  private mayKeep = false;

  constructor(private readonly tell: (message: FromWorker) => void) {}

  enter(client: Client): void {
    const number = ++this.entered;
    const ticket = this.kept.pop();
    client.ticket = ticket ?? number;
    if (ticket !== undefined) {
      client.accepted(number);
      this.start(client);
      return;
    }
    client.place = 'waiting';
    this.asking.set(number, client);
    this.tell({ did: 'enter', client: number });
  }

  leave(client: Client): void {
    const { place, ticket } = client;
    client.place = undefined;
    if (ticket === undefined || place === undefined) return;
    this.asking.delete(ticket);
    if (place === 'serving' && this.mayKeep) this.kept.push(ticket);
    else this.tell({ did: 'leave', client: ticket });
  }

  // What the process that gives out the places answers; a client may be gone by then.

  accepted(ticket: number): void {
    this.asking.get(ticket)?.accepted(ticket);
  }

  serve(ticket: number): void {
    const client = this.asking.get(ticket);
    if (client === undefined) return;
    this.asking.delete(ticket);
    this.start(client);
  }

  refused(ticket: number, limit: number): void {
    this.asking.get(ticket)?.refused(limit);
  }

  keep(): void {
    this.mayKeep = true;
  }

  recall(): void {
    this.mayKeep = false;
    for (const ticket of this.kept.splice(0)) this.tell({ did: 'leave', client: ticket });
    this.tell({ did: 'recalled' });
  }

  private start(client: Client): void {
    client.place = 'serving';
    client.serve();
  }
}
