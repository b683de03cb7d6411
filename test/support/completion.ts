import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { BIN, cleanEnvironment } from './trustctl';

/** ms. A shell in a terminal may wait for what never comes. */
const LIMIT = 60_000;

/** Runs a script in a shell, with `trustctl` in its path. @returns the lines that it prints */
export function shellLines(shell: string, flags: readonly string[], script: string): string[] {
  const env = cleanEnvironment({ PATH: `${dirname(BIN)}:${process.env.PATH}`, LC_ALL: 'C.UTF-8' });
  const text = execFileSync(shell, [...flags, '-c', script], {
    encoding: 'utf8',
    env,
    timeout: LIMIT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return text.split('\n').filter(Boolean);
}
