import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { FrameDecoder, FrameEncoder, type FrameError, type Intake } from '../framing';
import { EchoTransform, type FrameObserver } from './echo-transform';
import type { ServerOptions } from './options';
import { RawDecoder } from './raw-decoder';

/** Listens for errors that are told otherwise: one that nobody listens for is thrown. */
export const ignore = (): void => undefined;

/** Who is told what becomes of a pipeline. */
export interface PipelineObserver {
  /** What came is no frame that is accepted. */
  readonly onFault: (error: FrameError) => void;
  /** Both directions ended in order, or something broke. */
  readonly onDone: (error: NodeJS.ErrnoException | null) => void;
  /** Given where the events of single frames are wanted. */
  readonly frames: FrameObserver | undefined;
}

/**
 * What carries a client's bytes: `socket, FrameDecoder, EchoTransform, FrameEncoder, socket` under one `stream.pipeline`, or
 * for an unframed echo `socket, RawDecoder, socket`.
 */
export class EchoPipeline {
  private readonly intake: Intake;
  private readonly echo: EchoTransform | undefined;

  constructor(
    private readonly socket: Socket,
    { framing, maxPayload }: Pick<ServerOptions, 'framing' | 'maxPayload'>,
    { onFault, onDone, frames }: PipelineObserver,
  ) {
    if (framing === 'raw') {
      this.intake = new RawDecoder();
      pipeline(socket, this.intake, socket, onDone);
    } else {
      this.intake = new FrameDecoder({ maxPayload, onFault });
      this.echo = new EchoTransform(frames);
      pipeline(socket, this.intake, this.echo, new FrameEncoder(), socket, onDone);
    }
  }

  /** Takes in what had been read of the socket before. */
  take(bytes: Buffer): void {
    this.intake.write(bytes);
  }

  /** When the last bytes came, in whole ms as performance.now() counts. */
  get receivedAt(): number {
    return this.intake.receivedAt;
  }

  /** Since when a frame is on its way that is not whole, as performance.now() counts; undefined between frames. */
  get frameStartedAt(): number | undefined {
    return this.intake.frameStartedAt;
  }

  /** Frames echoed so far. */
  get frames(): number {
    return this.echo?.frames ?? 0;
  }

  /** Takes in `after` bytes more, echoes what came whole, ends the socket's writable side, and discards what still comes. */
  finish(after: number): void {
    this.intake.finish(after);
  }

  /**
   * Takes the socket back, with no listener left on it but {@link ignore}: of what becomes of these streams nothing is told any
   * more. For when they hold nothing that is still wanted. To end them in order instead costs several ticks a stage, and
   * pipeline's own AbortController, which is aborted, error and stack trace and all: more than a quarter of what a whole
   * connection of one frame costs a raw pipe. Where a socket breaks, pipeline does so once for each of its listeners, seventeen.
   */
  release(): void {
    this.intake.release();
    this.socket.removeAllListeners().on('error', ignore);
  }
}
