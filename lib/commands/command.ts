import type { ExitName } from '../errors/exits';
import type { EventLog } from '../log/event-log';
import type { Origin } from '../config/load-settings';
import type { Settings } from '../config/settings';

/** What a command is given to work with. */
export interface CommandContext<Options = Record<string, unknown>> {
  readonly settings: Settings;
  /** Where each setting comes from, by its path: `load.messages`. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The command's own switches and arguments: those that are no settings. */
  readonly options: Options;
  readonly args: readonly string[];
  readonly log: EventLog;
  /** Aborted by SIGINT or SIGTERM; a command then winds up and returns. */
  readonly stop: AbortSignal;
  /** Aborted by the second one: the run ends as soon as those who listen to this have returned. */
  readonly force: AbortSignal;
  /** Calls `listener` at each SIGHUP that asks a server to read its files anew. */
  readonly onReload: (listener: () => void) => void;
}

/** A command: settings in, work, exit code out. It prints its product on standard output and never ends the process. */
export type Command<Options = Record<string, unknown>> = (context: CommandContext<Options>) => Promise<ExitName>;
