import { userInfo } from 'node:os';

/**
 * The user's home folder: HOME, else what the system knows of the user. `undefined` where there is neither, as in a container that
 * runs under an arbitrary user id.
 */
export function homeFolder({ HOME = '' }: NodeJS.ProcessEnv): string | undefined {
  if (HOME !== '') return HOME;
  try {
    return userInfo().homedir || undefined;
  } catch {
    return undefined;
  }
}
