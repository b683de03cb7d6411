import type { CheckCase } from '../case';
import { connection } from './connection-cases';
import { endurance } from './endurance-cases';
import { framing } from './framing-cases';
import { limits } from './limit-cases';
import { stream } from './stream-cases';
import { timeouts } from './timeout-cases';

/** All cases, in the order of the report. */
export const allCases: readonly CheckCase[] = [
  ...connection,
  ...framing,
  ...stream,
  ...limits,
  ...timeouts,
  ...endurance,
];
