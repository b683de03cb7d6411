import { FrameClientError } from '../client/client-error';
import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { hostPort } from '../net/host-port';
import { jsonPing, textPing } from '../ping/ping-report';
import { PingStats } from '../ping/ping-stats';
import { type PingOutcome, runPing, wallClock } from '../ping/run-ping';
import { asRunError } from './client-exits';
import type { CommandContext } from './command';
import { readClientTls } from './tls-files';
import { untilOutputGone } from './until-output-gone';

interface Options {
  readonly count?: number;
  readonly payloadSize?: number;
  readonly json?: true;
}

/** Bytes, as ping(8) sends. */
const PAYLOAD_SIZE = 56;

/** Sends a frame at an interval and prints the result of each, and a summary at the end. */
export async function run({ settings, origins, options, log, stop }: CommandContext<Options>): Promise<ExitName> {
  const { host, port, timeout, maxPayload, sendProxy } = settings.echo;
  if (timeout === 0)
    throw new RunError('usage', 'timeout 0: a ping needs a timeout, to know that no echo came; set --timeout');
  const tls = readClientTls(settings.tls, origins);
  const { count, payloadSize = PAYLOAD_SIZE } = options;
  const printer = options.json ? jsonPing : textPing;
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const stats = new PingStats();
  const started = wallClock();
  const output = untilOutputGone();
  const outcome = await runPing(
    {
      connection: { host, port, timeout, maxPayload: Math.max(maxPayload, payloadSize), sendProxy, tls },
      intervalMs: settings.ping.interval * 1000,
      count,
      payloadSize,
      stop: AbortSignal.any([stop, output]),
    },
    (event) => {
      stats.add(event);
      print(printer.event(event));
    },
  ).catch((error: unknown) => {
    throw error instanceof FrameClientError ? asRunError(error) : error;
  });
  print(printer.summary(stats, { target: hostPort(host, port), outcome, started, ended: wallClock() }));
  log.event('ping_finish', {
    sent: stats.sent,
    received: stats.received,
    lost: stats.lost,
    outages: stats.outageCount,
    p99_ms: stats.rtt.percentile(99) ?? null,
  });
  return exitOf(stats, outcome);
}

/** @throws {RunError} `unavailable` if no connection was ever made */
function exitOf(stats: PingStats, { connected, connectError }: PingOutcome): ExitName {
  if (stats.received > 0) return 'ok';
  if (connected || connectError === undefined) return 'failed';
  const error = connectError instanceof FrameClientError ? asRunError(connectError) : connectError;
  const { message, code } = error as RunError;
  throw new RunError('unavailable', message, code);
}
