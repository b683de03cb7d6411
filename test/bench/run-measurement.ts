import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Runs one of the programs beside this file in a process of its own: it gets the spec as its argument and prints the
 * result, both as JSON.
 * @throws Error where it ends with another code than 0
 */
export async function runMeasurement<Result>(program: string, spec: object): Promise<Result> {
  const args = [join(__dirname, `${program}.js`), JSON.stringify(spec)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Result;
}
