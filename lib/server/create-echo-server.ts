import { type Admission, LimitedAdmission } from './admission/admission';
import { EchoTransform } from './echo-transform';
import { FrameServer } from './frame-server';
import { type GivenOptions, type ServerLog, type ServerOptions, serverOptions } from './server-options';
import { silentLog } from '../log/silent-log';
import type { Service, ServiceFactory } from './service';

/** What an echo server does for a connection. */
class EchoService implements Service {
  readonly stage = new EchoTransform();
  readonly isEcho = true;

  isWorking(): boolean {
    return false;
  }
}

export const echoService: ServiceFactory = () => new EchoService();

/**
 * A TCP echo service with length-prefix framing, or raw.
 *
 * ```ts
 * const server = createEchoServer({ port: 0 });
 * const { port } = await server.listen();
 * …
 * await server.stop();
 * ```
 * @param options each optional, see {@link ServerOptions}
 * @param log told of every event; by default nobody is
 * @param admission who may connect and whose turn it is; by default the limits of `options` say
 * @throws TypeError, RangeError for an option that is unknown or has no use
 */
export function createEchoServer(
  options: GivenOptions<ServerOptions> = {},
  log: ServerLog = silentLog,
  admission?: Admission,
): FrameServer {
  const complete = serverOptions(options);
  return new FrameServer(complete, echoService, log, admission ?? new LimitedAdmission(complete));
}
