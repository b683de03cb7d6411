import type { ExitName } from '../errors/exits';
import type { EventLog } from '../log/event-log';
import type { Origin } from '../config/load-settings';
import type { Settings } from '../config/settings';

/** What a command gets. */
export interface CommandContext<Options = Record<string, unknown>> {
  readonly settings: Settings;
  /** Where each setting comes from, by path: `load.messages`. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The command's switches, which are not settings. */
  readonly options: Options;
  readonly args: readonly string[];
  readonly log: EventLog;
  /** Aborted by a signal that stops the run: finish and return. */
  readonly stop: AbortSignal;
  /** Aborted by a second signal: the run ends as soon as the listeners have returned. */
  readonly force: AbortSignal;
  /** Calls `listener` at each SIGHUP that asks a server to read its files anew. */
  readonly onReload: (listener: () => void) => void;
}

/** A command: settings in, exit out. Prints its product to standard output, and never ends the process. */
export type Command<Options = Record<string, unknown>> = (context: CommandContext<Options>) => Promise<ExitName>;
