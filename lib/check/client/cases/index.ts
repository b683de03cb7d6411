import type { ClientCase } from '../client-case';
import { replies } from './reply-content-cases';
import { faults } from './reply-fault-cases';
import { framing } from './reply-framing-cases';
import { time } from './reply-time-cases';

/** All cases for clients, in the order of the report. */
export const clientCases: readonly ClientCase[] = [...framing, ...replies, ...faults, ...time];
