import { limitStackTraces } from './stack-depth';
import { createEchoServer, type EchoServer } from './echo-server';
import { LogQueue } from '../log-queue';
import { releaseClosedTerminal } from '../terminal';
import type { ServerLog } from './options';
import { Outbox } from './outbox';
import { WorkerAdmission } from './worker-admission';
import type { ForwardedEvent, FromWorker, ToWorker } from './worker-messages';

/**
 * The program of one worker process: serves, and leaves to the process that forked it how many are admitted and what is
 * logged, so that the limits, the connections' numbers and the log are those of the whole.
 */
const outbox = new Outbox<FromWorker>((messages) => {
  if (process.connected) process.send?.(messages);
});
const tell = (message: FromWorker): void => outbox.post(message);

const events = new LogQueue<ForwardedEvent>((gathered) => tell({ did: 'log', events: gathered }));
const forwardingLog = (debugEnabled: boolean): ServerLog => ({
  debugEnabled,
  event: (name, fields = {}) => events.push({ name, fields: fields as Record<string, unknown>, at: Date.now() }),
});

const admission = new WorkerAdmission(tell);
let server: EchoServer | undefined;
let listening: Promise<void> = Promise.resolve();

async function listen({ options, debugEnabled }: Extract<ToWorker, { do: 'listen' }>): Promise<void> {
  if (!debugEnabled) limitStackTraces();
  server = createEchoServer(options, forwardingLog(debugEnabled), admission);
  const { address, port } = await server.listen();
  tell({ did: 'listen', address, port });
}

async function stop(): Promise<void> {
  await listening; // node:cluster's primary fails on a worker that goes while it starts to listen
  const { cut } = (await server?.stop()) ?? { cut: 0 };
  events.flush();
  tell({ did: 'stop', cut });
}

function obey(message: ToWorker): void {
  switch (message.do) {
    case 'listen':
      listening = listen(message).catch((error: unknown) => {
        tell({ did: 'fail', error: { ...(error as object) }, message: (error as Error).message });
      });
      break;
    case 'accepted':
      admission.accepted(message.client);
      break;
    case 'serve':
      admission.serve(message.client);
      break;
    case 'refused':
      admission.refused(message.client, message.limit);
      break;
    case 'keep':
      admission.keep();
      break;
    case 'recall':
      admission.recall();
      break;
    case 'stop':
      void stop();
      break;
  }
}

process.on('message', (messages: readonly ToWorker[]) => messages.forEach(obey));

// A terminal sends these to every process of the group; the one that forked this one says what follows from them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => {
  releaseClosedTerminal();
  process.exit(0); // nobody is left to log for
});
