import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The user's home folder: HOME, else the one in the user database. `undefined` if there is neither, as in a container that runs
 * with an arbitrary user id.
 */
export function homeFolder({ HOME = '' }: NodeJS.ProcessEnv): string | undefined {
  if (HOME !== '') return HOME;
  try {
    return userInfo().homedir || undefined;
  } catch {
    return undefined; // the user has no entry
  }
}

/** Whether a path starts with `~`, the home folder. */
export const isAtHome = (path: string): boolean => /^~(?=$|\/)/.test(path);

/** Makes a path absolute and expands `~`. Without a home folder a path that starts with `~` is returned unchanged. */
export function absolute(path: string, home: string | undefined): string {
  if (!isAtHome(path)) return resolve(path);
  return home === undefined ? path : resolve(join(home, path.slice(1)));
}
