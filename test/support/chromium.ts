import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The Chromium that is installed here: the one that the variable CHROMIUM names, or the first on the PATH. */
function findChromium(): string {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM !== undefined) return CHROMIUM;
  const files = names.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)));
  const found = files.find(isExecutable);
  if (found === undefined) throw new Error('no Chromium on the PATH, and none named by the variable CHROMIUM');
  return found;
}

/** Starts it without a window, and without anything that would use a network. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
