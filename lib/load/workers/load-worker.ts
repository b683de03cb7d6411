import { exitFor } from '../../errors/exit-for';
import { errorCode } from '../../errors/error-code';
import { explain } from '../../errors/explain';
import { driveHere } from '../drive';
import type { FromLoadWorker, ToLoadWorker } from './load-messages';

// One of the processes that share a load test. The one that the user started tells it what to do, and when to stop.

const stop = new AbortController();
const end = new AbortController();

const send = (message: FromLoadWorker): void => {
  if (process.connected) process.send?.(message);
};

// Ctrl-C in a terminal goes to all of its processes: the first one reports, and tells the workers to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.once('disconnect', () => stop.abort('disconnected'));

process.on('message', (message: ToLoadWorker) => {
  if (message.type === 'start') void drive(message.task);
  else if (message.type === 'stop') stop.abort(message.reason);
  else end.abort();
});

async function drive(task: Extract<ToLoadWorker, { type: 'start' }>['task']): Promise<void> {
  try {
    const driven = await driveHere(
      task,
      { stop: stop.signal, end: end.signal },
      {
        onStart: () => undefined,
        onSample: (sample) => send({ type: 'sample', sample: { ...sample, rtt: sample.rtt.stored() } }),
        onStage: (index, stage) => send({ type: 'stage', index, stage }),
      },
    );
    send({ type: 'done', driven });
  } catch (error) {
    send({ type: 'failed', exit: exitFor(error), message: explain(error), code: errorCode(error) });
  }
  if (process.connected) process.disconnect();
}

send({ type: 'ready' });
