import { once } from 'node:events';
import { type AddressInfo, type DropArgument, type Server, type Socket, createServer } from 'node:net';
import { errnoOf, errorCode } from '../errors/error-code';
import { hostPort } from '../net/host-port';
import { drainAcceptQueue } from './accept-queue';
import type { Admission } from './admission/admission';
import { Connection, type ConnectionOwner } from './connection';
import { ConnectionList } from './connection-list';
import { freeDescriptors } from '../proc/descriptor-limit';
import { AddressSet } from '../net/network';
import type { OpeningRules } from './opening';
import type { ServerLog, ServerOptions } from './server-options';
import type { ServiceFactory } from './service';
import { ConnectionCounts } from './stats/connection-counts';
import { makeTlsAcceptor } from './make-tls-acceptor';
import { type ServerCredentials, completeCredentials } from './server-tls';

/**
 * High-water mark of each socket, both ways, in bytes. With 16 KiB, frames of 64 KiB cost 8 to 20 % more CPU; 128 KiB
 * saves nothing.
 */
const HIGH_WATER_MARK = 65_536;

/** Silence before TCP keep-alive starts, in ms. It finds vanished peers when the idle guard is off. */
const KEEP_ALIVE_DELAY_MS = 60_000;

/** The outcome of a stop. */
export interface StopResult {
  /**
   * Clients cut off before they had all their replies, because the deadline passed or {@link FrameServer.cut} was
   * called.
   */
  readonly cut: number;
}

/** What comes before the first frame of a connection; undefined for nothing. */
function openingRules({ proxyProtocol, trustedProxies, timeout, tls }: ServerOptions): OpeningRules | undefined {
  if (proxyProtocol === 'off' && tls === undefined) return undefined;
  const trusted = trustedProxies.length > 0 ? new AddressSet(trustedProxies) : undefined;
  return {
    proxy: proxyProtocol === 'require' ? { trusted } : undefined,
    tls: tls && makeTlsAcceptor(tls),
    timeout,
  };
}

/** A TCP server for frames. Made by {@link createFrameServer} and {@link createEchoServer}. */
export class FrameServer implements AsyncDisposable {
  private readonly listener: Server;
  private readonly connections = new ConnectionList<Connection>();
  private isDraining = false;
  private onEmpty: (() => void) | undefined;
  private stopped: Promise<StopResult> | undefined;
  private cutOff = 0;
  private readonly owner: ConnectionOwner;
  private counts: ConnectionCounts | undefined;

  constructor(
    readonly options: ServerOptions,
    private readonly createService: ServiceFactory,
    private readonly log: ServerLog,
    private readonly admission: Admission,
  ) {
    this.owner = {
      opening: openingRules(options),
      ready: (connection) => this.admission.ready(connection),
      served: (connection) => this.admission.served(connection),
      closed: (connection) => this.closed(connection),
    };
    this.listener = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: options.timeout === 0,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      highWaterMark: HIGH_WATER_MARK,
    });
    this.listener.on('connection', (socket: Socket) => this.accept(socket));
    this.listener.on('drop', (peer?: DropArgument) => this.drop(peer));
  }

  /** Starts to count connections. Call it before {@link listen}; without it, nothing is counted. */
  count(): ConnectionCounts {
    return (this.counts ??= new ConnectionCounts(this.connections));
  }

  /**
   * Starts to listen. Call it once; after {@link stop}, make a new server.
   * @param socket a Node handle that is already bound, used instead of `host` and `port`
   * @returns the address, with the port that the system chose if the option was 0
   * @throws the system's error (`EADDRINUSE`, `EACCES`, `ENOTFOUND` …); `ERR_SERVER_ALREADY_LISTEN` on a second call
   */
  async listen(socket?: object): Promise<AddressInfo> {
    const { listener, options } = this;
    if (socket === undefined) listener.listen({ host: options.host, port: options.port, backlog: options.backlog });
    else listener.listen(socket, options.backlog);
    await once(listener, 'listening');
    listener.maxConnections = freeDescriptors(); // `options.maxConnections` is the admission's
    listener.on('error', (error) => {
      const code = errorCode(error);
      this.log.event('io_error', { errno: errnoOf(code), code });
    });
    return listener.address() as AddressInfo;
  }

  /**
   * Stops: accepts the connections that the kernel has already established, then closes the listener, answers every
   * frame that has arrived whole, and sends FIN. Connections that take longer than `shutdownTimeout` are cut off.
   * Resolves when the last one is closed. A second call returns the same promise.
   */
  stop(): Promise<StopResult> {
    return (this.stopped ??= this.drain());
  }

  /**
   * Replaces the certificate, its key and the authorities of clients, for new connections: a renewed certificate needs
   * no restart. Whether clients must show a certificate does not change. On an error, the old ones stay in use.
   * @throws {CredentialsError} `ERR_TLS_CREDENTIALS` for a certificate or key that cannot be used
   * @throws {TypeError} for a server without TLS, and for a value that is not a PEM text
   */
  setCredentials(credentials: ServerCredentials): void {
    const complete = completeCredentials(this.options.tls, credentials);
    this.owner.opening?.tls?.setCredentials(complete);
  }

  /** Same as {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Closes every connection at once, logged as `shutdown`. The server still listens: call {@link stop} to end that. */
  cut(): void {
    this.cutOff += [...this.connections].filter(({ isUnfinished }) => isUnfinished).length;
    for (const connection of this.connections) connection.cut();
  }

  private async drain(): Promise<StopResult> {
    const { listener, options } = this;
    await drainAcceptQueue(listener, options.backlog);
    this.isDraining = true;
    listener.close();
    const empty = new Promise<void>((resolve) => (this.onEmpty = resolve));
    const deadline = setTimeout(() => this.cut(), options.shutdownTimeout * 1000);
    for (const connection of this.connections) connection.drain();
    if (this.connections.size > 0) await empty;
    clearTimeout(deadline);
    return { cut: this.cutOff };
  }

  private accept(socket: Socket): void {
    const connection = new Connection(socket, this.options, this.createService, this.log, this.owner);
    this.connections.add(connection);
    this.admission.enter(connection);
    if (this.isDraining) connection.drain();
  }

  private closed(connection: Connection): void {
    this.connections.delete(connection);
    this.counts?.close(connection);
    this.admission.leave(connection);
    if (this.connections.size === 0) this.onEmpty?.();
  }

  private drop(peer: DropArgument | undefined): void {
    const { remoteAddress, remotePort = 0 } = peer ?? {};
    const remote = remoteAddress === undefined ? 'unknown' : hostPort(remoteAddress, remotePort);
    this.counts?.drop();
    this.log.event('client_drop', { remote, max_connections: this.listener.maxConnections });
  }
}
