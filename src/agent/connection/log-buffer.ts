import type { AgentMessage, LogLine } from '#shared/contract/agent.ts'
import type { OperationId } from '#shared/domain/ids.ts'

type LogMessage = Extract<AgentMessage, { type: 'log' }>

/** Lines that are kept while there is no connection; the oldest go first. */
const KEPT = 2000
/** What the contract allows in one message, and in one line. */
const LINES_PER_MESSAGE = 200
const LINE_LENGTH = 2000

/** Log lines that wait to be sent. */
export class LogBuffer {
  #lines: { operation: OperationId | undefined; line: LogLine }[] = []
  #dropped = 0

  get empty(): boolean {
    return this.#lines.length === 0
  }

  add(line: LogLine, operation?: OperationId): void {
    this.#lines.push({ operation, line: { ...line, text: line.text.slice(0, LINE_LENGTH) } })
    if (this.#lines.length > KEPT) {
      this.#lines.shift()
      this.#dropped++
    }
  }

  /** Takes everything out, as messages: lines in order, those of one operation together as long as they follow each other. */
  drain(): LogMessage[] {
    const messages: LogMessage[] = []
    const first = this.#lines[0]
    if (this.#dropped > 0 && first !== undefined) {
      const text = `(${this.#dropped} lines lost while there was no connection)`
      this.#lines.unshift({ operation: first.operation, line: { at: first.line.at, level: 'warn', text } })
    }
    for (const { operation, line } of this.#lines) {
      const last = messages.at(-1)
      if (last !== undefined && last.operation === operation && last.lines.length < LINES_PER_MESSAGE) last.lines.push(line)
      else messages.push({ type: 'log', ...(operation !== undefined && { operation }), lines: [line] })
    }
    this.#lines = []
    this.#dropped = 0
    return messages
  }
}
