import { isatty } from 'node:tty';
import pino from 'pino';
import { withDeadline } from '../deadline';
import type { LogLevel } from '../errors/faults';
import { errnoOf } from '../errors/error-code';
import { type EventName, events } from './events';
import { explain } from '../errors/explain';
import { LogBatch } from './batch';
import { LogQueue } from './queue';
import { openDescriptor, openFile } from './open-destination';
import { LogSink, type SinkObserver } from './sink';
import { showsColors } from '../io/terminal';

/**
 * The log of one run. A caller gives an event's name and fields; its level is in the table of events. Nothing here throws: a log
 * that cannot be written is no reason to fail.
 */
export interface EventLog {
  /** Whether `debug` events are written. Ask before preparing events for each frame. */
  readonly debugEnabled: boolean;
  /**
   * Logs an event, unless its level is below `log.level`.
   * @param at when it happened, in ms since 1970; default now
   */
  event(name: EventName, fields?: object, at?: number): void;
  /** Opens the log file again by its name, after logrotate has moved it. */
  reopen(): void;
  /**
   * Ends the log. Resolves when everything is written, but after `deadlineMs` (default 2000) at the latest.
   */
  close(deadlineMs?: number): Promise<void>;
}

/** The settings of a log. */
interface LogSettings {
  /** The run's correlation id. */
  readonly requestId: string;
  readonly log: {
    readonly level: LogLevel;
    readonly format: 'auto' | 'json' | 'pretty';
    /** Empty: no file. */
    readonly file: string;
  };
}

export interface LogOptions {
  /** The value of `cmd`. */
  readonly command: string;
  readonly settings: LogSettings;
  readonly stream: LogStream;
}

/** Where the log goes besides the file, for a person or a log collector. */
export interface LogStream {
  readonly fd: number;
  readonly name: string;
  /** Whether it gets only `warn` and `error`, without `fatal`: the command prints that as a sentence. */
  readonly warningsOnly: boolean;
}

export const standardOutput: LogStream = { fd: 1, name: 'standard output', warningsOnly: false };
export const standardError: LogStream = { fd: 2, name: 'standard error', warningsOnly: true };

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const atLeast = (level: LogLevel, least: LogLevel): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(least);

/** An event that is not rendered yet. */
interface PendingEvent {
  /** The pino child for this event, which renders it. */
  readonly render: (fields: object) => void;
  readonly fields: object;
  /** When it happened, in ms since 1970. */
  readonly at: number;
}

/** The `ts` of the event being rendered, as the piece of JSON that pino expects. Cached, as many events share a millisecond. */
let stamp = '';
let stampedAt = NaN;
function setTimestamp(at: number): void {
  if (at === stampedAt) return;
  stampedAt = at;
  stamp = `,"ts":"${new Date(at).toISOString()}"`;
}
const timestamp = (): string => stamp;

/** The format of the stream; `undefined` for JSON. Loads the pretty printer only if it is needed. */
function streamFormat(fd: number, format: LogSettings['log']['format']): ((lines: string) => string) | undefined {
  const terminal = isatty(fd);
  if (format !== 'pretty' && !(format === 'auto' && terminal)) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { prettyFormat } = require('./pretty') as typeof import('./pretty');
  return prettyFormat(showsColors(fd));
}

/** Opens the log of a run: the file, always JSON, and the stream, whose format is `log.format`. */
export function openLog({ command, settings, stream }: LogOptions): EventLog {
  const { level, format, file } = settings.log;
  let closed = false;

  const sinkObserver = (path: string): SinkObserver => ({
    unavailable: (error) => {
      const { code } = error;
      log.event('log_file_unavailable', { path, code, errno: errnoOf(code), message: explain(error) });
    },
    dropped: (count) => log.event('log_dropped', { path, count }),
    flush: () => queue.flush(),
  });
  const streamSink = new LogSink(
    (observer) => openDescriptor(stream.fd, observer),
    sinkObserver(stream.name),
    streamFormat(stream.fd, format),
  );
  const fileSinks = file === '' ? [] : [new LogSink((observer) => openFile(file, observer), sinkObserver(file))];

  // sinks with the same lines share a batch; otherwise each needs its own, to keep the order of its lines
  const sinks = [streamSink, ...fileSinks];
  const batches = stream.warningsOnly ? sinks.map((sink) => new LogBatch([sink])) : [new LogBatch(sinks)];
  const fileBatches = stream.warningsOnly ? batches.slice(1) : batches;
  const queue = new LogQueue<PendingEvent>((pending) => {
    for (const { render, fields, at } of pending) {
      setTimestamp(at);
      render(fields);
    }
    batches.forEach((batch) => batch.flush());
  });

  // one pino child per event: name, command and request id are rendered once, and each line adds only its fields
  const logger = (to: readonly LogBatch[]): pino.Logger => {
    const [only, ...more] = to;
    const destination =
      only && more.length === 0 ? only : { write: (line: string) => to.forEach((batch) => batch.write(line)) };
    return pino({ level, base: null, timestamp, formatters: { level: (label) => ({ level: label }) } }, destination);
  };
  const toAll = logger(batches);
  const toFile = logger(fileBatches);
  const onStream = (name: EventName): boolean =>
    !stream.warningsOnly || (atLeast(events[name].level, 'warn') && name !== 'fatal');

  const renderers = new Map<string, PendingEvent['render']>();
  for (const name of Object.keys(events) as EventName[]) {
    const row = events[name];
    if (!atLeast(row.level, level)) continue;
    const child = (onStream(name) ? toAll : toFile).child({
      event: name,
      cmd: command,
      request_id: settings.requestId,
    });
    renderers.set(name, child[row.level].bind(child));
  }

  const log: EventLog = {
    debugEnabled: level === 'debug',
    event(name, fields = {}, at = Date.now()) {
      const render = closed ? undefined : renderers.get(name);
      if (render !== undefined) queue.push({ render, fields, at });
    },
    reopen() {
      fileSinks.forEach((sink) => sink.reopen());
    },
    async close(deadlineMs = 2000) {
      closed = true;
      queue.flush();
      await withDeadline(Promise.all(sinks.map((sink) => sink.drain())), deadlineMs, () => undefined);
    },
  };
  return log;
}
