import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline } from '../deadline';
import { FrameClientError, type ClientFault } from '../client/client-error';
import { describeDifference } from '../client/compare-reply';
import { FrameClient } from '../client/frame-client';
import { HexDump } from '../client/hex-dump';
import { asRunError } from './client-exits';
import { readClientTls } from './tls-files';
import type { CommandContext } from './command';
import { errorCode } from '../errors/error-code';
import { RunError } from '../errors/run-error';
import { looksLike } from '../errors/looks-like';
import type { SendProxy } from '../net/connect';
import { DEFAULT_MAX_PAYLOAD, FrameBatch, FrameOversizeError } from '../framing';

interface Options {
  readonly payloadSize?: number;
  readonly hex?: true;
}

/** Seconds to wait for the server's FIN after the last reply, to catch bytes that should not come. */
const LINGER = 1;

/** How long a SIGHUP may come after a terminal was closed. */
const HANG_UP_MS = 1000;

/** The pattern of generated payloads. Its length divides no buffer size, so that lost or moved bytes show. */
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, index) => (index * 89 + 37) % 256));

/** What to do about a failure, if its message does not say. */
const advice: Partial<Record<ClientFault, string>> = {
  recv_timeout:
    'is it a server of length-prefixed frames, and not busy with other clients? --timeout sets how long to wait',
  send_timeout: 'the server does not read; --timeout sets how long to wait',
  frame_oversize: 'is it a server of length-prefixed frames? --max-payload sets the limit',
};

/** Sends frames and prints the replies, which must be equal. */
export async function run({ settings, origins, options, args, log, stop }: CommandContext<Options>): Promise<'ok'> {
  const { host, port, timeout, maxPayload, sendProxy } = settings.echo;
  const tls = readClientTls(settings.tls, origins);
  const payloads = await payloadsOf(options, args, stop);
  const limit = payloads.reduce((max, { length }) => Math.max(max, length), maxPayload);
  let answered = 0;
  const dump = options.hex && new HexDump((lines) => process.stdout.write(lines));
  try {
    const client = await FrameClient.connect({
      host,
      port,
      timeout,
      maxPayload: limit,
      sendProxy,
      tls,
      signal: stop,
      ...(dump && { onWire: (direction, bytes) => dump.add(direction, bytes) }),
    });
    try {
      const started = performance.now();
      // receive() reports the same failure
      client.send(FrameBatch.of(...payloads)).catch(() => undefined);
      for (const { length } of payloads) log.event('frame_send', { payload_len: length, remote: client.peer });
      for (const [index, payload] of payloads.entries()) {
        const reply = await nextReply(client, index + 1, payload);
        answered += 1;
        log.event('frame_recv', { payload_len: reply.length, remote: client.peer });
        if (!dump && options.payloadSize === undefined) printLine(reply);
      }
      const roundTrip = performance.now() - started;
      await expectNoMore(client, payloads.length);
      dump?.flush();
      if (options.payloadSize !== undefined) printSummary(options.payloadSize, roundTrip, client.handshakeMs);
    } finally {
      client.close();
    }
  } catch (error) {
    dump?.flush();
    throw forPeople(error, answered, payloads[answered]?.length ?? 0, { sendProxy, overTls: tls !== undefined });
  }
  return 'ok';
}

async function payloadsOf({ payloadSize }: Options, messages: readonly string[], stop: AbortSignal): Promise<Buffer[]> {
  if (payloadSize !== undefined) {
    if (messages.length === 0) return [Buffer.alloc(payloadSize, PATTERN)];
    throw new RunError(
      'usage',
      `--payload-size generates the payload: remove the flag or ${JSON.stringify(messages[0])}`,
    );
  }
  if (messages.length > 0) return messages.map((message) => Buffer.from(message));
  return [await standardInput(stop)];
}

/** All of standard input. A read from a terminal that closes may fail just before the SIGHUP comes that ends this command. */
async function standardInput(stop: AbortSignal): Promise<Buffer> {
  try {
    return await buffer(addAbortSignal(stop, process.stdin));
  } catch (error) {
    if (errorCode(error) === 'EIO') await sleep(HANG_UP_MS, undefined, { signal: stop });
    throw error;
  }
}

async function nextReply(client: FrameClient, number: number, sent: Buffer): Promise<Buffer> {
  const reply = await client.receive();
  if (reply === undefined) {
    const message = `${client.peer} closed without a reply to message ${number}, of ${sent.length} bytes`;
    throw new FrameClientError('reply_missing', message);
  }
  const difference = describeDifference(sent, reply);
  if (difference !== undefined) {
    throw new FrameClientError(
      'reply_mismatch',
      `the reply to message ${number} from ${client.peer} is not what was sent: ${difference}`,
    );
  }
  return reply;
}

/** Makes sure that nothing follows the last reply. A server that keeps its side open, or resets it, is fine. */
async function expectNoMore(client: FrameClient, count: number): Promise<void> {
  client.end();
  const next = client.receive().catch((error: unknown) => error);
  const outcome = await withDeadline(next, LINGER * 1000, () => undefined);
  const isReply = Buffer.isBuffer(outcome);
  const isFrameFault = outcome instanceof FrameClientError && outcome.event.startsWith('frame_');
  if (!isReply && !isFrameFault) return;
  const more = isReply ? `a frame of ${outcome.length} bytes` : 'bytes that are not a frame';
  throw new FrameClientError(
    'reply_unexpected',
    `${client.peer} answered all ${count} messages, and then sent ${more} more`,
  );
}

function printLine(payload: Buffer): void {
  process.stdout.write(payload);
  process.stdout.write('\n');
}

function printSummary(bytes: number, milliseconds: number, handshakeMs: number | undefined): void {
  const handshake = handshakeMs === undefined ? '' : `, TLS handshake ${handshakeMs.toFixed(2)} ms`;
  process.stdout.write(
    `${bytes} bytes sent, ${bytes} bytes came back, all equal; round trip ${milliseconds.toFixed(2)} ms${handshake}\n`,
  );
}

/** Ways in which a server may close a connection because of what it was sent. */
const closings = new Set<ClientFault>(['reply_missing', 'client_reset', 'broken_pipe']);

/** What was sent before the first frame. */
interface SentFirst {
  readonly sendProxy: SendProxy;
  readonly overTls: boolean;
}

/**
 * The error with advice.
 * @param answered number of messages answered
 * @param length bytes of the first message that was not
 * @param sent what was sent before the first frame
 */
function forPeople(error: unknown, answered: number, length: number, sent: SentFirst): unknown {
  if (!(error instanceof FrameClientError)) return error;
  const then = closings.has(error.event) ? whyClosed(answered, length, sent) : advice[error.event];
  return asRunError(error, peerSpeaks(error.cause) ?? then);
}

/** Why the server may have closed the connection instead of answering a message of `length` bytes. */
function whyClosed(answered: number, length: number, { sendProxy, overTls }: SentFirst): string | undefined {
  if (length > DEFAULT_MAX_PAYLOAD) return 'a server refuses payloads larger than its --max-payload';
  if (answered > 0) return undefined;
  if (sendProxy !== 'off') return `does it expect a PROXY protocol header, as --send-proxy ${sendProxy} sends?`;
  if (overTls) return "a server may close like this if it does not accept the client's certificate (--tls-client-cert)";
  return 'is it a server of length-prefixed frames with room for another client, or a proxy with no server behind it? does it expect TLS (--tls) or a PROXY protocol header (--send-proxy)?';
}

/** What protocol the server speaks instead, if its first bytes show it. */
function peerSpeaks(cause: unknown): string | undefined {
  if (!(cause instanceof FrameOversizeError)) return undefined;
  const name = looksLike(cause.firstBytes, cause.maxPayload);
  return name && `its first bytes look like ${/^[A-Z]/.test(name) ? name : `a ${name}`}: check --port`;
}
