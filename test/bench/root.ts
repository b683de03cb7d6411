import { dirname } from 'node:path';

/** The project's folder, wherever these programs were built to. */
export const ROOT = dirname(require.resolve('trustctl/package.json'));
