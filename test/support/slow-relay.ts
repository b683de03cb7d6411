import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A path to a server that passes on what clients send at a pace that can be changed; what comes back it passes on at once. */
export class SlowRelay implements AsyncDisposable {
  /** Bytes that pass every 20 ms. */
  bytesPerStep = Infinity;
  private waiting = Buffer.alloc(0);
  private readonly sockets: Socket[] = [];
  private readonly timer = setInterval(() => this.step(), 20);
  private readonly listener = createServer({ noDelay: true }, (client) => this.accept(client));

  private constructor(private readonly target: number) {}

  static async start(target: number): Promise<SlowRelay> {
    const relay = new SlowRelay(target);
    await once(relay.listener.listen(0, '127.0.0.1'), 'listening');
    return relay;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.destroy();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private accept(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    this.sockets.push(client, server);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    server.pipe(client);
    client.on('data', (chunk) => (this.waiting = Buffer.concat([this.waiting, chunk])));
  }

  private step(): void {
    const server = this.sockets.at(-1);
    const passed = this.waiting.subarray(0, this.bytesPerStep);
    if (passed.length === 0 || server === undefined) return;
    this.waiting = this.waiting.subarray(passed.length);
    server.write(passed);
  }
}
