import type { EventName } from './events';
import type { EventLog } from './log';

/** What a server tells its log. */
type ConnectionLog = Pick<EventLog, 'debugEnabled' | 'event'>;

/** An event that is held back. */
interface HeldEvent {
  readonly name: EventName;
  readonly fields: object;
  readonly at: number;
}

/** The fields that matter here, of those that an event may have. */
interface ConnectionFields {
  readonly conn?: number;
  readonly bytes_in?: number;
}

/**
 * A log without the connections that sent no byte, such as those of health checks. The events of a connection are held back, with
 * their times, until it closes: then it is known.
 */
export class ActiveConnections implements ConnectionLog {
  private readonly held = new Map<number, HeldEvent[]>();

  constructor(private readonly log: ConnectionLog) {}

  get debugEnabled(): boolean {
    return this.log.debugEnabled;
  }

  event(name: EventName, fields: object = {}, at = Date.now()): void {
    const { conn, bytes_in = 0 } = fields as ConnectionFields;
    if (conn === undefined) {
      this.log.event(name, fields, at);
      return;
    }
    const events = this.held.get(conn) ?? [];
    events.push({ name, fields, at });
    if (name === 'client_close') {
      this.held.delete(conn);
      if (bytes_in > 0) for (const held of events) this.log.event(held.name, held.fields, held.at);
    } else {
      this.held.set(conn, events);
    }
  }
}
