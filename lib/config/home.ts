import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The home folder of the user: HOME, else the one in the user database. `undefined` where there is neither, as in a container
 * that runs under an arbitrary user id.
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

/** A path with `~` expanded, absolute. One in the home folder stays as it is where there is no home folder. */
export function absolute(path: string, home: string | undefined): string {
  if (!isAtHome(path)) return resolve(path);
  return home === undefined ? path : resolve(join(home, path.slice(1)));
}
