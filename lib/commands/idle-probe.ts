import { FrameClientError } from '../client/client-error';
import type { ExitName } from '../errors/exits';
import { RunError } from '../errors/run-error';
import { hostPort } from '../net/host-port';
import { jsonProbe, textProbe } from '../probe/probe-report';
import { runProbe } from '../probe/run-probe';
import { asRunError } from './client-exits';
import type { CommandContext } from './command';
import { testExit } from './test-exit';
import { readClientTls } from './tls-files';

interface Options {
  readonly keepAlive?: number;
  readonly json?: true;
}

/** What to do if connections get no first echo. */
const ADVICE =
  'the probe needs a server of length-prefixed frames that serves 64 clients at once; --timeout sets how long to wait';

/** Finds how long the path lets a connection rest, and prints how it cuts it. */
export async function run({ settings, origins, options, log, stop }: CommandContext<Options>): Promise<ExitName> {
  const { host, port, timeout, maxPayload, sendProxy } = settings.echo;
  const { max, precision } = settings.probe;
  const { keepAlive, json } = options;
  if (timeout === 0)
    throw new RunError('usage', 'timeout 0: a probe needs a timeout, to know that no answer came; set --timeout');
  if (precision > max) throw new RunError('usage', `--precision ${precision}: must not be more than --max, ${max} s`);
  const target = { host, port, timeout, maxPayload, sendProxy, tls: readClientTls(settings.tls, origins) };
  const started = performance.now();
  const outcome = await runProbe({ target, max, precision, keepAlive, stop }).catch((error: unknown) => {
    if (!(error instanceof FrameClientError)) throw error;
    throw asRunError(error, error.event === 'recv_timeout' ? ADVICE : undefined);
  });
  const durationMs = performance.now() - started;
  const report = { peer: hostPort(host, port), max, precision, keepAlive, interrupted: stop.aborted, durationMs };
  process.stdout.write(`${(json ? jsonProbe : textProbe)(outcome, report)}\n`);
  const { finding, cut } = outcome;
  log.event('probe_finish', {
    found: finding.found,
    answered_sec: finding.found === 'none' ? finding.longest : finding.answered,
    cut_sec: finding.found === 'none' ? null : (finding.cut ?? null),
    kind: cut?.kind ?? null,
  });
  return testExit(stop, finding.found !== 'open');
}
