import { type ISocketFactory, type LogEntry, logLevel } from 'kafkajs';
import type { Log } from '../../log.ts';
import { OutageLog } from '../../outage-log.ts';

const LEVELS = { [logLevel.ERROR]: 'warn', [logLevel.WARN]: 'warn', [logLevel.INFO]: 'info' } as const;
const UNREACHABLE = /^Connection (?:error|timeout)/;
/** A partition that waits is paused and resumed every few seconds. */
const PAUSES = /^(?:Pausing|Resuming) fetching/;
/** Numbers, such as attempts and correlation ids, do not make two complaints different. */
const NUMBERS = /\d+/g;

/** The error of a consumer while the topic of the positions is created, or its group moves to another broker: seconds at most. */
const WITHOUT_COORDINATOR = 'The group coordinator is not available';
const WITHOUT_COORDINATOR_MS = 10_000;

/** The options of a kafkajs client by which its log lines go to a log of this project. */
export interface KafkajsLogging {
  readonly logCreator: () => (entry: LogEntry) => void;
  readonly socketFactory: ISocketFactory;
}

export interface KafkajsLogSettings {
  /** Opens the connections. */
  readonly connect: ISocketFactory;
  /** Messages of errors that the caller expects and handles; they are logged at the level debug. */
  readonly expected?: ReadonlySet<string>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/**
 * Passes the log lines of kafkajs on. While a broker is unavailable, kafkajs writes several lines for each of its
 * attempts, hundreds in all; here an unreachable broker is one line, another one each minute, and one when it answers
 * again. Other complaints that repeat are logged once a minute, and not at all while a broker is unreachable, because
 * they are consequences of that.
 *
 * kafkajs calls a lost connection an error although it retries, so its errors are warnings here: the callers that need
 * Kafka report their own failures.
 */
export function createKafkajsLogging(
  log: Log,
  { connect, expected, now = Date.now }: KafkajsLogSettings,
): KafkajsLogging {
  const outages = new OutageLog(log, now);
  const unreachable = new Set<string>();
  const coordinator = { missingSince: 0, missedAt: 0 };

  /** Whether the groups of this client have had no coordinator for no longer than is usual. */
  function isBriefly(error: string): boolean {
    if (error !== WITHOUT_COORDINATOR) return false;
    const at = now();
    if (at - coordinator.missedAt > WITHOUT_COORDINATOR_MS) coordinator.missingSince = at;
    coordinator.missedAt = at;
    return at - coordinator.missingSince < WITHOUT_COORDINATOR_MS;
  }

  function complain(namespace: string, { message, broker, error }: LogEntry['log']): void {
    if (typeof broker === 'string' && UNREACHABLE.test(message)) {
      unreachable.add(broker);
      outages.failed(broker, { broker, cause: message }, 'a Kafka broker is not reachable');
      return;
    }
    const fields = { part: `kafkajs ${namespace}`, cause: error as unknown };
    const text = String(error);
    if (unreachable.size > 0 || expected?.has(text) || isBriefly(text)) log.debug(fields, message);
    else outages.failed(`${namespace}: ${message.replace(NUMBERS, '')}`, fields, message);
  }

  return {
    logCreator:
      () =>
      ({ level, namespace, log: entry }) => {
        const write = PAUSES.test(String(entry.message)) ? 'debug' : (LEVELS[level as keyof typeof LEVELS] ?? 'debug');
        if (write === 'warn') complain(namespace, { ...entry, message: String(entry.message) });
        else log[write]({ part: `kafkajs ${namespace}` }, String(entry.message));
      },

    socketFactory(options) {
      const socket = connect(options);
      const broker = `${options.host}:${options.port}`;
      // A broker that hangs accepts connections; only an answer shows that it is back.
      socket.once('data', () => {
        unreachable.delete(broker);
        outages.recovered(broker, { broker }, 'a Kafka broker answers again');
      });
      return socket;
    },
  };
}
