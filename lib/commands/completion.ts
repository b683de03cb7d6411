import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from './command';

const ASSETS = resolve(__dirname, '../../assets/completion');

/** Prints a script that completes command lines. `npm run docs` generates it from the tables of commands and settings. */
export const run: Command = async ({ args: [shell = ''] }) => {
  const script = await readFile(resolve(ASSETS, `trustctl.${shell}`));
  if (!process.stdout.write(script)) await once(process.stdout, 'drain');
  return 'ok';
};
