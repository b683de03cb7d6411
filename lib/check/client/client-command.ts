import { CommandProcess, type ProcessEnd } from '../command-process';
import { untilAborted } from '../abort';

/** How a client ended. */
export interface ClientEnd extends ProcessEnd {
  /** The last line of its output, after `: `; empty without output. */
  readonly lastWords: string;
}

/** A client that has been started. */
interface RunningClient {
  /** Resolves when it has ended. Never rejects. */
  readonly ended: Promise<ClientEnd>;
  /** Ends it and all that it started. */
  kill(): void;
}

/** Starts the client against a server at that address. */
export type StartClient = (host: string, port: number) => RunningClient;

/** ms to wait for the output of a client that has ended, if something keeps it open. */
const OUTPUT_MS = 500;

/**
 * The client that a command starts.
 * @param command a program and its arguments in shell syntax, variables before it if needed; `{port}` and `{host}` are replaced
 */
export function clientCommand(command: string): StartClient {
  return (host, port) => {
    const client = new CommandProcess(command, host, port);
    const kill = (): void => client.signal('SIGKILL');
    const ended = client.exited.then(async (end) => {
      kill(); // what it started and left behind
      await untilAborted(client.ended, AbortSignal.timeout(OUTPUT_MS));
      return { ...end, lastWords: client.lastWords };
    });
    return { ended, kill };
  };
}
