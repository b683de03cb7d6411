import type { Admission, Client } from './admission';
import type { PlaceMessage, PlaceOrder, Resource } from './place-messages';
import { PlaceShare } from './place-share';

/** Admission in a worker, within its share of the service's places. It numbers its own connections. */
export class WorkerAdmission implements Admission {
  private accepted = 0;
  private readonly shares: Readonly<Record<Resource, PlaceShare<Client>>>;

  /**
   * @param maxConnections limit of the whole service
   * @param send sends a notice to the supervisor
   */
  constructor(
    private readonly maxConnections: number,
    send: (message: PlaceMessage) => void,
  ) {
    const shareOf = (of: Resource, give: (client: Client) => void): PlaceShare<Client> =>
      new PlaceShare((notice) => send({ type: 'place', of, notice }), give, this.refuse);
    this.shares = {
      connections: shareOf('connections', this.accept),
      serving: shareOf('serving', this.serve),
    };
  }

  enter(client: Client): void {
    const { connections } = this.shares;
    client.place = 'arriving';
    if (connections.queued < this.maxConnections) connections.claim(client);
    else this.refuse(client);
  }

  served(client: Client): void {
    if (client.place !== 'serving') return;
    client.place = 'lingering';
    this.shares.serving.release();
  }

  leave(client: Client): void {
    const { connections, serving } = this.shares;
    this.served(client);
    const { place } = client;
    client.place = undefined;
    connections.withdraw(client);
    serving.withdraw(client);
    if (place !== undefined && place !== 'arriving') connections.release();
  }

  ready(client: Client): void {
    client.place = 'waiting';
    this.shares.serving.claim(client);
  }

  apply(of: Resource, order: PlaceOrder): void {
    this.shares[of].apply(order);
  }

  private readonly accept = (client: Client): void => {
    client.place = 'opening';
    if (client.accepted(++this.accepted) === 'ready') this.ready(client);
  };

  private readonly serve = (client: Client): void => {
    client.place = 'serving';
    client.serve();
  };

  private readonly refuse = (client: Client): void => {
    client.place = undefined;
    client.refused(this.maxConnections);
  };
}
