import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describeCode, errorCode } from '../errors/error-code';
import { exitFor } from '../errors/exit-for';
import { RunError } from '../errors/run-error';
import { hostPort } from '../net/host-port';
import { type Pages, pageFor } from './pages';

/** Deadline of a whole request, and how often Node checks it, in ms. */
const REQUEST_TIMEOUT_MS = 5_000;
const CHECK_INTERVAL_MS = 1_000;

/** A client that reads nothing of an answer for this long is cut off, in ms; between requests it may be idle longer. */
const SEND_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 65_000;

/** Most open connections. One more closes the oldest, so that a health check always gets through. */
const MAX_CONNECTIONS = 64;

const MAX_HEADER_BYTES = 8_192;

/** The admin endpoint: pages over HTTP/1.1. A slow client delays neither other clients nor a stop. */
export class AdminServer {
  private readonly server: Server;
  /** Oldest first. */
  private readonly connections = new Set<Socket>();
  /** Connections with an unfinished answer. */
  private readonly answering = new WeakSet<Socket>();

  constructor(private readonly pages: Pages) {
    this.server = createServer({
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    this.server.setTimeout(SEND_TIMEOUT_MS);
    this.server.on('connection', (socket: Socket) => this.keep(socket));
    this.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.takesTurns(request.socket, response)) void this.answer(request, response);
    });
  }

  /**
   * @param port 0 picks a free one
   * @throws {RunError} if it cannot listen; the message names the setting
   */
  async listen(host: string, port: number): Promise<AddressInfo> {
    this.server.listen({ host, port });
    try {
      await once(this.server, 'listening');
    } catch (error) {
      throw listenError(error as Error, host, port);
    }
    this.server.on('error', () => undefined); // from accept(2): the client will try again
    return this.server.address() as AddressInfo;
  }

  /** Closes at once, even during an answer. */
  close(): void {
    this.server.close();
    for (const socket of this.connections) socket.destroy();
  }

  private keep(socket: Socket): void {
    const [oldest] = this.connections;
    if (this.connections.size >= MAX_CONNECTIONS) oldest?.destroy();
    this.connections.add(socket);
    socket.once('close', () => this.connections.delete(socket));
  }

  /** Cuts off a client that pipelines requests: no scraper does, and thousands fit in one segment. */
  private takesTurns(socket: Socket, response: ServerResponse): boolean {
    if (this.answering.has(socket)) {
      socket.destroy();
      return false;
    }
    this.answering.add(socket);
    response.once('close', () => this.answering.delete(socket));
    return true;
  }

  private async answer({ method = '', url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = url.split('?', 1);
    const { status, type, body, allow } = await pageFor(this.pages, method, path);
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(allow !== undefined && { allow }),
    });
    response.end(body);
  }
}

function listenError(error: Error, host: string, port: number): Error {
  const code = errorCode(error);
  if (code === undefined) return error;
  const advice = code === 'EADDRINUSE' ? 'choose another --admin-port (0 picks a free one)' : 'check --admin-host';
  const words = `admin.port: cannot listen on ${hostPort(host, port)}: ${describeCode(code)}; ${advice}`;
  return new RunError(exitFor(error), words, code);
}
