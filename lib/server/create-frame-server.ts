import type { Duplex } from 'node:stream';
import { silentLog } from '../log/silent-log';
import { oneOf, seconds, withDefault } from '../options';
import { LimitedAdmission } from './admission/admission';
import { HandlerError } from './connection-errors';
import { type FrameHandler, handlerService } from './frame-handler';
import { FrameServer } from './frame-server';
import { type GivenOptions, type ServerLog, type ServerOptions, serverOptions } from './server-options';
import type { ClientConnection, ServiceFactory } from './service';

/** How a frame server serves: the options of every server, except `framing`, which is always `length-prefix`. */
export interface FrameServerOptions extends GivenOptions<Omit<ServerOptions, 'framing'>> {
  /** Seconds that a handler may take for one request, fractions allowed; 0 is no limit. Default 30. */
  readonly handlerTimeout?: number | undefined;
}

/** Makes the Transform between a connection's decoder and its encoder. */
export interface TransformFactory {
  /**
   * Called once for each connection, when its turn comes. If it throws, or the stream fails, the connection is ended
   * and `handler_failed` logged.
   * @returns a Duplex that is written FrameBatches, and from which FrameBatches or payloads are read
   */
  createTransform(connection: ClientConnection): Duplex;
}

const optionTable = {
  handlerTimeout: withDefault(30, seconds),
  framing: withDefault('length-prefix', oneOf('length-prefix')),
};

const transformService =
  (factory: TransformFactory): ServiceFactory =>
  (connection, fail) => {
    const stage = factory.createTransform(connection);
    // The pipeline reports the same error, but does not say which stream it came from. This listener is called first.
    stage.on('error', (error: Error) =>
      fail(new HandlerError(`the transform failed: ${error.message}`, { cause: error })),
    );
    return { stage, isEcho: false, isWorking: () => stage.writableLength > 0 };
  };

/**
 * Makes a TCP server for requests and replies, each a frame, with the same guards, limits, admission and graceful stop
 * as the echo server. It does not listen yet.
 *
 * ```ts
 * const server = createFrameServer({ port: 0 }, async (payload) => `you said ${payload}`);
 * const { port } = await server.listen();
 * ```
 * @param options see {@link FrameServerOptions}
 * @param handler answers a request with one reply, several, or none; or makes a Transform for each connection. The
 *   requests of a connection are handled one at a time, in order, and no faster than the client takes the replies. An
 *   error that a handler throws ends its connection, after the replies before it, and is logged as `handler_failed`; it
 *   never ends the process.
 * @param log receives every event; by default they are discarded
 * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
 *   `ERR_INVALID_ARG_TYPE`)
 * @throws {RangeError} for a value out of range (`ERR_OUT_OF_RANGE`)
 */
export function createFrameServer(
  options: FrameServerOptions,
  handler: FrameHandler | TransformFactory,
  log: ServerLog = silentLog,
): FrameServer {
  const { handlerTimeout, ...complete } = serverOptions(options, optionTable);
  const service = typeof handler === 'function' ? handlerService(handler, handlerTimeout) : transformService(handler);
  return new FrameServer(complete, service, log, new LimitedAdmission(complete));
}
