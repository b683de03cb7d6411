import type { Duplex } from 'node:stream';
import { oneOf, seconds, withDefault } from '../options';
import { LimitedAdmission } from './admission/admission';
import { HandlerError } from './connection-errors';
import { type FrameHandler, handlerService } from './frame-handler';
import { FrameServer } from './frame-server';
import { type GivenOptions, type ServerLog, type ServerOptions, serverOptions } from './server-options';
import { silentLog } from '../log/silent-log';
import type { ClientConnection, ServiceFactory } from './service';

/** How a frame server serves: a server's options, but for `framing`, which is always `length-prefix`. */
export interface FrameServerOptions extends GivenOptions<Omit<ServerOptions, 'framing'>> {
  /** Seconds that a handler may take for one request; 0 is no limit. Default 30. */
  readonly handlerTimeout?: number | undefined;
}

/** Makes the Transform that stands between a connection's decoder and its encoder. */
export interface TransformFactory {
  /** @returns a Duplex that takes FrameBatches, and reads out FrameBatches or payloads */
  createTransform(connection: ClientConnection): Duplex;
}

/** The options that a frame server has beside, or instead of, those of an echo server. */
const optionTable = {
  handlerTimeout: withDefault(30, seconds),
  framing: withDefault('length-prefix', oneOf('length-prefix')),
};

const transformService =
  (factory: TransformFactory): ServiceFactory =>
  (connection, fail) => {
    const stage = factory.createTransform(connection);
    // Told before the pipeline is, which knows no more of it than of any other stream.
    stage.on('error', (error: Error) =>
      fail(new HandlerError(`the transform failed: ${error.message}`, { cause: error })),
    );
    return { stage, isEcho: false, isWorking: () => stage.writableLength > 0 };
  };

/**
 * A TCP service of requests and responses, each a frame, under the guards, the admission, the limits and the draining stop of
 * the echo server.
 *
 * ```ts
 * const server = createFrameServer({ port: 0 }, async (payload) => `you said ${payload}`);
 * const { port } = await server.listen();
 * ```
 * @param options each optional, see {@link FrameServerOptions}
 * @param handler answers a request with one reply, several, or none; or makes a Transform for each connection. The requests of a
 *   connection are handled one at a time, in order, and only as fast as the client takes the replies. What a handler throws ends
 *   its connection, after the replies before it, is told to `log` as `handler_failed`, and leaves the process alone.
 * @param log told of every event; by default nobody is
 * @throws TypeError, RangeError for an option that is unknown or has no use
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
