import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { type OnReadOpts, Socket, type SocketConstructorOpts, type TcpSocketConnectOpts, isIP } from 'node:net';
import { errnoOf } from '../errors/error-code';
import { type Attempt, ConnectError } from './connect-error';
import type { ProxyVersion, Route } from './proxy-protocol';

/**
 * Delay, in ms, before the next address of a name is tried beside those that have not answered yet.
 * @see https://www.rfc-editor.org/rfc/rfc8305#section-5
 */
const NEXT_ADDRESS_MS = 250;

/** The version of the PROXY protocol header that a client sends first, if any. */
export type SendProxy = ProxyVersion | 'off';

export type Lookup = (
  host: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectOptions {
  /** Name or address, IPv4 or IPv6. */
  readonly host: string;
  readonly port: number;
  /** Limit in ms for the whole: the lookup and every address. 0 is no limit. */
  readonly timeoutMs: number;
  /** The version of the PROXY protocol header, with the connection's own two addresses, that it begins with. Default off. */
  readonly sendProxy?: SendProxy;
  /** Options of the sockets that are made. */
  readonly socket?: SocketConstructorOpts & { readonly onread?: OnReadOpts };
  /** Local address and port; the system chooses what is left out. */
  readonly local?: Pick<TcpSocketConnectOpts, 'localAddress' | 'localPort'>;
  /** Looks up a name. Default: `dns.lookup`. */
  readonly lookup?: Lookup;
}

/** Exactly one of the two is called, once, after {@link connectSocket} has returned. */
export interface ConnectHandlers {
  /**
   * Called within the socket's `connect` event, so that no later event is missed. TCP_NODELAY and keep-alive are on.
   */
  connected(socket: Socket): void;
  failed(error: Error): void;
}

/**
 * Connects to a host. Each address may take the whole time: a slow one is kept while the next is tried beside it
 * ("happy eyeballs"). Node's own `autoSelectFamily` gives every address but the last 250 ms, and reports only the last
 * error.
 * @returns aborts the attempt: `failed` is called with the reason. Does nothing once it is over.
 */
export function connectSocket(options: ConnectOptions, handlers: ConnectHandlers): (reason: Error) => void {
  const race = new ConnectRace(options, handlers);
  return (reason) => race.fail(reason);
}

class ConnectRace {
  private readonly attempts: (Attempt & { error?: NodeJS.ErrnoException })[] = [];
  private readonly sockets = new Set<Socket>();
  private waiting: string[] = [];
  private readonly deadline: NodeJS.Timeout | undefined;
  private nextAddress: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private readonly options: ConnectOptions,
    private readonly handlers: ConnectHandlers,
  ) {
    const { host, timeoutMs, lookup = systemLookup } = options;
    // Timers run before sockets are looked at: what came about while this process was busy still counts.
    const giveUp = (): void => this.fail(this.error(timeoutMs));
    if (timeoutMs > 0) this.deadline = setTimeout(() => setImmediate(giveUp), timeoutMs);
    if (isIP(host) > 0) {
      this.waiting = [host];
      this.tryNext();
      return;
    }
    lookup(host, { all: true }, (error, addresses) => {
      if (this.over) return;
      if (error) {
        this.attempts.push({ address: host, error });
        this.fail(this.error());
        return;
      }
      this.waiting = alternateFamilies(addresses);
      this.tryNext();
    });
  }

  fail(error: Error): void {
    if (this.over) return;
    this.finish();
    this.handlers.failed(error);
  }

  private readonly tryNext = (): void => {
    clearTimeout(this.nextAddress);
    const address = this.waiting.shift();
    if (address === undefined) return;
    if (this.waiting.length > 0) this.nextAddress = setTimeout(this.tryNext, NEXT_ADDRESS_MS);
    const attempt: (typeof this.attempts)[number] = { address };
    this.attempts.push(attempt);
    const { port, local } = this.options;
    const socket = new Socket(this.options.socket);
    this.sockets.add(socket);
    const onError = (error: Error): void => {
      attempt.error = error;
      this.sockets.delete(socket);
      if (this.waiting.length > 0) this.tryNext();
      else if (this.sockets.size === 0) this.fail(this.error());
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      if (isConnectedToItself(socket)) {
        socket.resetAndDestroy(); // a FIN would leave the port in TIME_WAIT, where no server can take it
        onError(refused(address, port));
        return;
      }
      this.sockets.delete(socket);
      this.finish();
      // connect() takes these as options, and sets neither of them on a socket that was made before.
      socket.setNoDelay(true).setKeepAlive(true);
      const { sendProxy = 'off' } = this.options;
      if (sendProxy !== 'off') socket.write(ownHeader(sendProxy, socket));
      this.handlers.connected(socket);
    });
    socket.connect({ host: address, port, ...local });
  };

  private error(timeoutMs?: number): ConnectError {
    return new ConnectError(this.options, this.attempts, timeoutMs);
  }

  private finish(): void {
    this.over = true;
    clearTimeout(this.deadline);
    clearTimeout(this.nextAddress);
    for (const socket of this.sockets) socket.on('error', () => undefined).destroy();
  }
}

/** Addresses in the system's order, but with the families alternating, as one of them may be unreachable. */
function alternateFamilies(addresses: readonly LookupAddress[]): string[] {
  const first = addresses[0]?.family;
  const same = addresses.filter(({ family }) => family === first);
  const other = addresses.filter(({ family }) => family !== first);
  const alternating = same.flatMap((address, index) => [address, ...other.slice(index, index + 1)]);
  return [...new Set([...alternating, ...other.slice(same.length)].map(({ address }) => address))];
}

/**
 * A client of an ephemeral port on which nothing listens may get that same port as its own: TCP then connects the
 * socket to itself (a simultaneous open), and everything sent comes back.
 */
function isConnectedToItself({ localPort, remotePort, localAddress, remoteAddress }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress;
}

/** The header that names a socket's own two ends. Loads the PROXY protocol where it is wanted, and not before. */
function ownHeader(version: ProxyVersion, socket: Socket): Buffer {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { serializeProxyHeader } = require('./proxy-protocol') as typeof import('./proxy-protocol');
  return serializeProxyHeader(version, routeOf(socket));
}

/** Both ends of a connection that stands; undefined where it is gone already. */
function routeOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): Route | undefined {
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return {
    source: { address: localAddress, port: localPort },
    destination: { address: remoteAddress, port: remotePort },
  };
}

function refused(address: string, port: number): NodeJS.ErrnoException {
  const code = 'ECONNREFUSED';
  const error = new Error(`connect ${code} ${address}:${port}`);
  return Object.assign(error, { code, errno: -(errnoOf(code) ?? 0), syscall: 'connect', address, port });
}
