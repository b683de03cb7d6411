import { releaseClosedTerminal } from '../../io/terminal';
import { createEchoServer } from '../create-echo-server';
import type { FrameServer } from '../frame-server';
import { OwnStats } from '../stats/own-stats';
import { ForwardingLog } from './forwarding-log';
import type { ForwardedError, FromWorker, ToWorker } from './messages';
import { MessageBatcher } from './message-batcher';
import { WorkerAdmission } from '../admission/worker-admission';

/*
 * The program of a worker process. It serves; the process that forked it grants places and writes the log, so that
 * limits, connection numbers and log are those of the whole service.
 */

function send(messages: readonly FromWorker[], sent: () => void = () => undefined): void {
  if (process.connected) process.send?.(messages, undefined, {}, sent); // with a callback, a failure emits no 'error'
}

function forwarded(error: unknown): ForwardedError {
  return { message: error instanceof Error ? error.message : String(error), fields: { ...(error as object) } };
}

const outgoing = new MessageBatcher<FromWorker>(send);
const tell = (message: FromWorker): void => outgoing.post(message);

/** Made by the first message. */
interface WorkerService {
  readonly log: ForwardingLog;
  readonly admission: WorkerAdmission;
  readonly server: FrameServer;
  readonly stats: OwnStats | undefined;
}
let service: WorkerService | undefined;

async function listen(
  { options, debugEnabled, isCounted }: Extract<ToWorker, { type: 'listen' }>,
  socket: object,
): Promise<void> {
  const log = new ForwardingLog(debugEnabled, tell);
  const admission = new WorkerAdmission(options.maxConnections, tell);
  const server = createEchoServer(options, log, admission);
  service = { log, admission, server, stats: isCounted ? new OwnStats(server) : undefined };
  await server.listen(socket);
  tell({ type: 'listen' });
}

async function sendStats({ stats }: WorkerService): Promise<void> {
  if (stats) tell({ type: 'stats', stats: await stats.read() });
}

async function stop(stopping: WorkerService): Promise<void> {
  const { server, log } = stopping;
  const { cut } = await server.stop();
  log.flush();
  await sendStats(stopping);
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
    case 'getStats':
      if (service) void sendStats(service);
      break;
    case 'stop':
      if (service) void stop(service);
      break;
  }
}

process.on('message', (messages: readonly ToWorker[], socket: object | undefined) => {
  for (const message of messages) handle(message, socket);
});
process.on('error', () => undefined); // the channel broke: 'disconnect' follows
process.on('disconnect', () => {
  releaseClosedTerminal();
  process.exit(0); // nothing can be logged any more
});
process.on('uncaughtException', (error) => send([{ type: 'fail', error: forwarded(error) }])); // then it is killed

// A terminal sends these to every process of its group. The process that forked this one handles them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);
