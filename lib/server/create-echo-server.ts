import { silentLog } from '../log/silent-log';
import { type Admission, LimitedAdmission } from './admission/admission';
import { EchoTransform } from './echo-transform';
import { FrameServer } from './frame-server';
import { type GivenOptions, type ServerLog, type ServerOptions, serverOptions } from './server-options';
import type { Service, ServiceFactory } from './service';

class EchoService implements Service {
  readonly stage = new EchoTransform();
  readonly isEcho = true;

  isWorking(): boolean {
    return false;
  }
}

export const echoService: ServiceFactory = () => new EchoService();

/**
 * Makes a TCP echo server with length-prefix framing, or raw. It does not listen yet.
 *
 * ```ts
 * const server = createEchoServer({ port: 0 });
 * const { port } = await server.listen();
 * …
 * await server.stop();
 * ```
 * @param options see {@link ServerOptions}
 * @param log receives every event; by default they are discarded
 * @param admission decides who may connect and whose turn it is; by default the limits in `options` do
 * @throws {TypeError} for an unknown option or a value of the wrong type (`ERR_INVALID_ARG_VALUE`,
 *   `ERR_INVALID_ARG_TYPE`)
 * @throws {RangeError} for a value out of range (`ERR_OUT_OF_RANGE`)
 */
export function createEchoServer(
  options: GivenOptions<ServerOptions> = {},
  log: ServerLog = silentLog,
  admission?: Admission,
): FrameServer {
  const complete = serverOptions(options);
  return new FrameServer(complete, echoService, log, admission ?? new LimitedAdmission(complete));
}
