/** The console's log: JSON lines (pino), with everything that opens a door left out. */
import pino, { type DestinationStream, type Logger } from 'pino'

export type Log = Logger

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Names under which secrets travel; redacted at the top of a record and in the objects directly below it. */
const SECRET_KEYS = ['token', 'session', 'password', 'secret', 'cookie', 'authorization', 'key']

/**
 * @param level lowest level that is written
 * @param destination where to; standard error by default, because standard output belongs to people
 */
export function createLog(level: LogLevel, destination: DestinationStream = pino.destination(2)): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '(secret)' },
    },
    destination,
  )
}
