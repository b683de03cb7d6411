import type { CheckCase } from '../case';
import { connection } from './connection';
import { endurance } from './endurance';
import { framing } from './framing';
import { limits } from './limits';
import { stream } from './stream';
import { timeouts } from './timeouts';

/** Every case, in the order in which it is reported. */
export const allCases: readonly CheckCase[] = [
  ...connection,
  ...framing,
  ...stream,
  ...limits,
  ...timeouts,
  ...endurance,
];
