import type { ClientConnection } from './service';

/** The part of a connection that a handler may see. */
export class ConnectionView implements ClientConnection {
  constructor(private readonly connection: ClientConnection) {}

  get id(): number {
    return this.connection.id;
  }

  get remote(): string {
    return this.connection.remote;
  }

  get peer(): string {
    return this.connection.peer;
  }

  get signal(): AbortSignal {
    return this.connection.signal;
  }
}
