import { join } from 'node:path';
import { ROOT } from './root';
import type { ServerCommand } from './server-process';

/** Our server with its defaults, and flags where a measurement needs others. */
export function trustctl(...flags: readonly string[]): ServerCommand {
  const program = process.execPath;
  return {
    program,
    args: (port) => [join(ROOT, 'bin/trustctl'), 'echo-server', '--port', String(port), ...flags],
  };
}

const peer = (name: string): ServerCommand => ({
  program: process.execPath,
  args: (port) => [join(__dirname, 'servers', `${name}.js`), String(port)],
});

/** What is measured side by side; the first is ours. */
export const servers: ReadonlyMap<string, ServerCommand> = new Map([
  ['trustctl', trustctl()],
  ['raw pipe', peer('raw-pipe')],
  ['empty stages', peer('empty-stages')],
  ['data handler', peer('data-handler')],
  ['frame-stream', peer('frame-stream')],
  ['it-length-prefixed', peer('it-length-prefixed')],
]);
