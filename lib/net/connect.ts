import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { type OnReadOpts, Socket, type SocketConstructorOpts, type TcpSocketConnectOpts, isIP } from 'node:net';
import { errnoOf } from '../errors/error-code';
import { type Attempt, ConnectError } from './connect-error';
import type { ProxyVersion, Route } from './proxy-protocol';

/**
 * ms until the next address of a name is tried beside those that have not answered yet.
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
  /** ms for all of it: the look-up of the name and every address that it has. 0 is no limit. */
  readonly timeoutMs: number;
  /** Whether the connection begins with a PROXY protocol header that names its own two ends, and of which version. Default off. */
  readonly sendProxy?: SendProxy;
  /** Of the socket that each attempt gets. */
  readonly socket?: SocketConstructorOpts & { readonly onread?: OnReadOpts };
  /** Address and port of this end; the system chooses what is left out. */
  readonly local?: Pick<TcpSocketConnectOpts, 'localAddress' | 'localPort'>;
  /** How a name is looked up; the system's way by default. */
  readonly lookup?: Lookup;
}

/** One of the two is called, once, and never before {@link connectSocket} returns. */
export interface ConnectHandlers {
  /** Called while the socket emits `connect`, so that no event of it is missed. TCP_NODELAY and keep-alive are on. */
  connected(socket: Socket): void;
  failed(error: Error): void;
}

/**
 * Connects to a host. All its addresses have the whole time: one that is slow to answer is not given up for the next, which is tried
 * beside it ("happy eyeballs"). Node's own way gives each but the last 250 ms, and then tells of the last alone.
 * @returns gives it up for a reason, which `failed` is then called with
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
    if (timeoutMs > 0) this.deadline = setTimeout(() => this.fail(this.error(timeoutMs)), timeoutMs);
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
      this.waiting = inTurns(addresses);
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
      const { sendProxy = 'off' } = this.options;
      if (sendProxy !== 'off') socket.write(ownHeader(sendProxy, socket));
      this.handlers.connected(socket);
    });
    socket.connect({ host: address, port, noDelay: true, keepAlive: true, ...local });
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

/** The addresses as the system orders them, the families in turns: where one family leads nowhere the other is tried next. */
function inTurns(addresses: readonly LookupAddress[]): string[] {
  const first = addresses[0]?.family;
  const [own, other] = [
    addresses.filter(({ family }) => family === first),
    addresses.filter(({ family }) => family !== first),
  ];
  const turns = own.flatMap((address, index) => [address, ...other.slice(index, index + 1)]);
  return [...new Set([...turns, ...other.slice(own.length)].map(({ address }) => address))];
}

/**
 * Where nothing listens on a port that the system also gives to clients, it may give a client the very port that it asks for: TCP then
 * connects the socket to itself (a simultaneous open), and whatever is sent comes back.
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
