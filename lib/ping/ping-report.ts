import { formatDuration, plural } from '../text/quantities';
import type { LossCause, PingEvent } from './ping-event';
import type { Outage, PingStats } from './ping-stats';
import type { PingOutcome } from './run-ping';

/** How a run is printed: a line for each event, and the summary. */
export interface PingPrinter {
  event(event: PingEvent): string;
  summary(stats: PingStats, run: PingSummary): string;
}

/** What the summary needs besides the statistics. */
interface PingSummary {
  /** `host:port` */
  readonly target: string;
  readonly outcome: PingOutcome;
  /** ms since 1970. */
  readonly started: number;
  readonly ended: number;
}

const causeWords: Readonly<Record<LossCause, string>> = {
  no_connection: 'no connection',
  no_echo: 'no echo',
  wrong_echo: 'wrong echo',
};

const iso = (at: number): string => new Date(at).toISOString();
const ms = (value: number | null | undefined): string => (value ?? 0).toFixed(3);
const round = (value: number): number => Math.round(value * 1000) / 1000;
const lossShare = ({ lostCount, sent }: PingStats): number => (sent === 0 ? 0 : lostCount / sent);

function outageLine({ from, to, lost, message }: Outage, now: number): string {
  const end = to === undefined ? 'still down' : `to ${iso(to)}`;
  return `  ${iso(from)} ${end}, ${formatDuration((to ?? now) - from)}, ${lost} lost: ${message}`;
}

function outageLines(stats: PingStats, now: number): string[] {
  const { outages, outageCount } = stats;
  if (outageCount === 0) return [];
  const left = outageCount - outages.length;
  return [
    `${plural(outageCount, 'outage')}, ${formatDuration(stats.outageTime(now))} in all${left > 0 ? `; the last ${outages.length}:` : ':'}`,
    ...outages.map((outage) => outageLine(outage, now)),
  ];
}

/** As ping(8) prints. */
export const textPing: PingPrinter = {
  event(event) {
    if (event.type === 'closed') return `${event.message} while no reply was due`;
    if (event.type === 'lost') return `seq=${event.seq} ${causeWords[event.cause]}: ${event.message}`;
    const handshake = event.handshakeMs === undefined ? '' : ` (TLS ${ms(event.handshakeMs)} ms)`;
    const connect = event.connectMs === undefined ? '' : ` connect=${ms(event.connectMs)} ms${handshake}`;
    return `seq=${event.seq} bytes=${event.bytes} time=${ms(event.ms)} ms${connect}`;
  },
  summary(stats, { target, outcome, started, ended }) {
    const { received, sent, lost, rtt, closed } = stats;
    const { underWay, missed } = outcome;
    const causes = Object.entries(lost).filter(([, count]) => count > 0);
    const why = causes.map(([cause, count]) => `${count} ${causeWords[cause as LossCause]}`).join(', ');
    const { min, avg, max, stddev, p50, p99 } = rtt.summary();
    return [
      `--- ${target} echo-ping ---`,
      `${sent} sent, ${received} received, ${Number((lossShare(stats) * 100).toFixed(2))}% loss${why && ` (${why})`}, time ${formatDuration(ended - started)}`,
      ...(received > 0
        ? [
            `rtt min/avg/max/mdev = ${[min, avg, max, stddev].map(ms).join('/')} ms, p50 ${ms(p50)} ms, p99 ${ms(p99)} ms`,
          ]
        : []),
      ...outageLines(stats, ended),
      ...(closed > 0 ? [`${plural(closed, 'connection')} closed while no reply was due`] : []),
      ...(underWay > 0 ? [`${plural(underWay, 'ping')} without a result yet`] : []),
      ...(missed > 0 ? [`${plural(missed, 'ping')} left out: this process was held up`] : []),
    ].join('\n');
  },
};

/** One JSON object a line; the last is the summary. */
export const jsonPing: PingPrinter = {
  event(event) {
    const { type, at } = event;
    const common = { type, ts: iso(at) };
    if (event.type === 'closed') return JSON.stringify({ ...common, message: event.message });
    const { seq } = event;
    if (event.type === 'lost')
      return JSON.stringify({ ...common, seq, sent_ts: iso(event.sentAt), cause: event.cause, message: event.message });
    const { bytes, ms: time, connectMs, handshakeMs } = event;
    return JSON.stringify({
      ...common,
      seq,
      bytes,
      time_ms: round(time),
      ...(connectMs !== undefined && { connect_ms: round(connectMs) }),
      ...(handshakeMs !== undefined && { handshake_ms: round(handshakeMs) }),
    });
  },
  summary(stats, { target, outcome, started, ended }) {
    const { received, sent, lost, rtt, closed } = stats;
    const { min, avg, max, stddev, p50, p99 } = rtt.summary();
    return JSON.stringify({
      type: 'summary',
      ts: iso(ended),
      target,
      sent,
      received,
      lost,
      loss: round(lossShare(stats)),
      under_way: outcome.underWay,
      left_out: outcome.missed,
      closed_idle: closed,
      rtt_ms: { min, avg, max, mdev: stddev, p50, p99 },
      outages: {
        count: stats.outageCount,
        duration_ms: Math.round(stats.outageTime(ended)),
        latest: stats.outages.map(({ from, to, lost: lostPings, message }) => ({
          from: iso(from),
          to: to === undefined ? null : iso(to),
          duration_ms: Math.round((to ?? ended) - from),
          lost: lostPings,
          message,
        })),
      },
      duration_ms: Math.round(ended - started),
    });
  },
};
