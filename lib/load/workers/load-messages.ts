import type { ExitName } from '../../errors/exits';
import type { StoredSample } from '../measure/sampler';
import type { Driven, Task } from '../drive';
import type { StageReport } from '../report/stage-report';

/** What the process that the user started sends to its workers. */
export type ToLoadWorker =
  | { readonly type: 'start'; readonly task: Task }
  | { readonly type: 'stop'; readonly reason: unknown }
  | { readonly type: 'end' };

/** What a worker sends back. The last is `done` or `failed`. */
export type FromLoadWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'sample'; readonly sample: StoredSample }
  | { readonly type: 'stage'; readonly index: number; readonly stage: StageReport }
  | { readonly type: 'done'; readonly driven: Driven }
  | { readonly type: 'failed'; readonly exit: ExitName; readonly message: string; readonly code: string | undefined };
