import { releaseClosedTerminal } from '../../io/terminal';
import { createEchoServer } from '../create-echo-server';
import type { FrameServer } from '../frame-server';
import { ForwardingLog } from './forwarding-log';
import type { ForwardedError, FromWorker, ToWorker } from './messages';
import { MessageBatcher } from './message-batcher';
import { WorkerAdmission } from '../admission/worker-admission';

/**
 * The program of one worker process: serves, and leaves to the process that forked it how many are admitted and what is
 * logged, so that the limits, the connections' numbers and the log are those of the whole.
 */
function send(messages: readonly FromWorker[], sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(messages, undefined, {}, sent); // with a callback, a failure is no event of the process
}

function forwarded(error: unknown): ForwardedError {
  return { message: error instanceof Error ? error.message : String(error), fields: { ...(error as object) } };
}

const outgoing = new MessageBatcher<FromWorker>(send);
const tell = (message: FromWorker): void => outgoing.post(message);

/** What serves, from the first message on. */
interface WorkerService {
  readonly log: ForwardingLog;
  readonly admission: WorkerAdmission;
  readonly server: FrameServer;
}
let service: WorkerService | undefined;

async function listen({ options, debugEnabled }: Extract<ToWorker, { type: 'listen' }>, socket: object): Promise<void> {
  const log = new ForwardingLog(debugEnabled, tell);
  const admission = new WorkerAdmission(options.maxConnections, tell);
  const server = createEchoServer(options, log, admission);
  service = { log, admission, server };
  await server.listen(socket);
  tell({ type: 'listen' });
}

async function stop({ server, log }: WorkerService): Promise<void> {
  const { cut } = await server.stop();
  log.flush();
  tell({ type: 'stop', cut });
}

function handle(message: ToWorker, socket: object | undefined): void {
  switch (message.type) {
    case 'listen':
      listen(message, socket ?? {}).catch((error: unknown) => tell({ type: 'fail', error: forwarded(error) }));
      break;
    case 'place':
      service?.admission.apply(message.of, message.order);
      break;
    case 'credentials':
      service?.server.setCredentials(message.credentials);
      tell({ type: 'credentials' });
      break;
    case 'logged':
      service?.log.acknowledged(message.count);
      break;
    case 'ping':
      tell({ type: 'pong' });
      break;
    case 'stop':
      if (service) void stop(service);
      break;
  }
}

process.on('message', (messages: readonly ToWorker[], socket: object | undefined) => {
  for (const message of messages) handle(message, socket);
});
process.on('error', () => undefined); // the channel broke: `disconnect` follows
process.on('disconnect', () => {
  releaseClosedTerminal();
  process.exit(0); // nobody is left to log for
});
process.on('uncaughtException', (error) => send([{ type: 'fail', error: forwarded(error) }])); // the answer is our end

// A terminal sends these to every process of the group; the one that forked this one says what follows from them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);
