import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { FrameClientError, type ClientFault } from '../client/client-error';
import { describeDifference } from '../client/compare-reply';
import { FrameClient } from '../client/frame-client';
import { HexDump } from '../client/hex-dump';
import { asRunError } from './client-exits';
import { readClientTls } from './tls-files';
import type { CommandContext } from './command';
import { RunError } from '../errors/run-error';
import { looksLike } from '../errors/looks-like';
import type { SendProxy } from '../net/connect';
import { DEFAULT_MAX_PAYLOAD, FrameBatch, FrameOversizeError } from '../framing';

interface Options {
  readonly payloadSize?: number;
  readonly hex?: true;
}

/** Seconds that the server's FIN is waited for after the last reply: something may come that should not. */
const LINGER = 1;

/** What generated payloads repeat. Its length divides no buffer size, so that bytes that are lost or moved do not go unseen. */
const PATTERN = Buffer.from(Array.from({ length: 251 }, (_, index) => (index * 89 + 37) % 256));

/** What to do about a failure, where its own words do not say. */
const advice: Partial<Record<ClientFault, string>> = {
  recv_timeout: 'is it a server of length-prefixed frames, and not busy with others? --timeout sets how long is waited',
  send_timeout: 'the server does not read; --timeout sets how long is waited',
  frame_oversize: 'is it a server of length-prefixed frames? --max-payload sets the limit',
};

/** Sends frames and prints what comes back, which must be the same. */
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
      // Its failure is the replies' failure, too.
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
      `--payload-size generates what is sent: leave out ${JSON.stringify(messages[0])}, or the flag`,
    );
  }
  if (messages.length > 0) return messages.map((message) => Buffer.from(message));
  return [await buffer(addAbortSignal(stop, process.stdin))];
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

/** An echo returns what was sent and nothing else. A server that keeps its side open, or resets it then, has done its work. */
async function expectNoMore(client: FrameClient, count: number): Promise<void> {
  client.end();
  const deadline = new AbortController();
  const outcome = await Promise.race([
    client.receive().catch((error: unknown) => error),
    setTimeout(LINGER * 1000, undefined, { signal: deadline.signal }).catch(() => undefined),
  ]);
  deadline.abort();
  const isReply = Buffer.isBuffer(outcome);
  const isFrameFault = outcome instanceof FrameClientError && outcome.event.startsWith('frame_');
  if (!isReply && !isFrameFault) return;
  const more = isReply ? `a frame of ${outcome.length} bytes` : 'bytes that are no frame';
  throw new FrameClientError(
    'reply_unexpected',
    `${client.peer} answered ${count} of ${count} messages, and then sent ${more} more`,
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

/** What ends a connection that stood, and may be the server's answer to what it was sent. */
const closings = new Set<ClientFault>(['reply_missing', 'client_reset', 'broken_pipe']);

/** What a connection began with, before the first frame. */
interface SentFirst {
  readonly sendProxy: SendProxy;
  readonly overTls: boolean;
}

/**
 * The error as it is told: with what to do.
 * @param answered messages that were
 * @param length of the first that was not, in bytes
 * @param sent what the connection began with
 */
function forPeople(error: unknown, answered: number, length: number, sent: SentFirst): unknown {
  if (!(error instanceof FrameClientError)) return error;
  const then = closings.has(error.event) ? whyClosed(answered, length, sent) : advice[error.event];
  return asRunError(error, peerSpeaks(error.cause) ?? then);
}

/** What may be behind a connection that was closed, or reset, instead of a reply to a message of `length` bytes. */
function whyClosed(answered: number, length: number, { sendProxy, overTls }: SentFirst): string | undefined {
  if (length > DEFAULT_MAX_PAYLOAD) return 'a server refuses what is over its --max-payload';
  if (answered > 0) return undefined;
  if (sendProxy !== 'off') return `does it want a PROXY protocol header, as --send-proxy ${sendProxy} sends one?`;
  if (overTls)
    return 'a server may close like this that does not accept the certificate of its client (--tls-client-cert)';
  return 'is it a server of length-prefixed frames without TLS (--tls) and PROXY protocol (--send-proxy), with room for one more client, and not a proxy without one behind it?';
}

/** What the other side speaks, where its first bytes tell. */
function peerSpeaks(cause: unknown): string | undefined {
  if (!(cause instanceof FrameOversizeError)) return undefined;
  const name = looksLike(cause.firstBytes, cause.maxPayload);
  return name && `its first bytes look like ${/^[A-Z]/.test(name) ? name : `a ${name}`}: check --port`;
}
