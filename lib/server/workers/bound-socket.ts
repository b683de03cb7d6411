import { lookup } from 'node:dns/promises';
import net, { type AddressInfo } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { RunError } from '../../errors/run-error';
import { acceptQueueLength } from '../../proc/accept-queue-length';

/** The part of Node's TCP handle that is needed here. */
interface TcpHandle {
  readonly fd: number;
  /** @returns 0 or a negative errno, also for bind(2), whose error libuv reports late */
  getsockname(into: object): number;
  getpeername(into: object): number;
  close(): void;
}

/**
 * The function with which node:cluster makes the sockets that its workers share. It has no public counterpart.
 * @returns a bound handle, or a negative errno
 */
interface CreateServerHandle {
  (address: string, port: number, family: 4 | 6, fd: -1, flags: 0): TcpHandle | number;
  (address: null, port: null, family: null, fd: number, flags: 0): TcpHandle | object | number;
}

const { _createServerHandle: createServerHandle } = net as unknown as { _createServerHandle: CreateServerHandle };

function listenError(errno: number, address: string, port: number): Error {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`listen ${code}`), { code, errno, syscall: 'listen', address, port });
}

/**
 * A bound socket on which only workers listen, or one that another process passed. The primary holds it, so that the
 * port stays taken while no worker runs, and clients that connect meanwhile wait in the kernel. node:cluster would close
 * it with the last worker.
 */
export class BoundSocket {
  private isOpen = true;

  private constructor(
    /** To listen on, or to send to a worker. */
    readonly handle: object,
    private readonly tcp: TcpHandle,
    readonly address: AddressInfo,
    private readonly isPassed = false,
  ) {}

  /** @throws the system's error (`EADDRINUSE`, `EACCES`, `ENOTFOUND` …) */
  static async bind(host: string, port: number): Promise<BoundSocket> {
    const { address, family } = await lookup(host);
    const handle = createServerHandle(address, port, family === 6 ? 6 : 4, -1, 0);
    if (typeof handle === 'number') throw listenError(handle, address, port);
    const bound = {} as AddressInfo;
    const errno = handle.getsockname(bound);
    if (errno === 0) return new BoundSocket(handle, handle, bound);
    handle.close();
    throw listenError(errno, address, port);
  }

  /**
   * Takes over a socket that another process bound, and may still hold.
   * @throws {RunError} `config` if it is not a listening TCP socket
   */
  static passed(descriptor: number): BoundSocket {
    const handle = createServerHandle(null, null, null, descriptor, 0);
    if (typeof handle === 'object') {
      const bound = {} as AddressInfo;
      const isBound = 'getsockname' in handle && handle.getsockname(bound) === 0 && bound.port !== 0;
      const isConnection = isBound && handle.getpeername({}) === 0;
      if (isBound && !isConnection) return new BoundSocket(handle, handle, bound, true);
    }
    throw new RunError(
      'config',
      `descriptor ${descriptor}, passed with LISTEN_FDS, is not a listening TCP socket: check ListenStream= in the .socket unit`,
    );
  }

  /** Clients in the kernel's queue that a close would cut off; undefined if unknown. */
  get queued(): number | undefined {
    if (this.isPassed) return 0; // the process that passed it still holds it
    return this.isOpen ? acceptQueueLength(this.tcp.fd) : undefined;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.tcp.close();
  }
}
