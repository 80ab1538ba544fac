import type { AgentCommand, LogLine, Outcome } from '#shared/contract/agent.ts'
import { assertNever, toErrorRecord } from '#shared/domain/errors.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { Figures } from '#shared/domain/operation.ts'
import { RESULT, resultName } from '#shared/domain/result-codes.ts'
import type { Progress } from '#shared/domain/progress.ts'
import { formatSeconds, resultSentence, type Language } from '#shared/i18n/index.ts'
import type { Channels } from '#transfer/channels.ts'
import { cacheCommand } from '../cache/commands.ts'
import { capture } from '../capture/capture.ts'
import { logLine, type OperationContext, type OperationLog, type OperationResult } from '../operation.ts'
import { restore } from '../restore/restore.ts'
import { texts } from '../text/texts.ts'

/** What the worker reports; the order of calls is the order of events. */
export interface WorkerEvents {
  started(operation: OperationId, command: AgentCommand): void
  progress(operation: OperationId, progress: Progress): void
  log(operation: OperationId, line: LogLine): void
  done(operation: OperationId, outcome: Outcome, command: AgentCommand): void
}

export interface WorkerSettings {
  /** What is the same for every operation. */
  base: Pick<OperationContext, 'machine' | 'only' | 'state' | 'openRepository'>
  channels: Channels
  /** Program and version. */
  creator: string
  language: () => Language
  /** The computer's name, for manifests. */
  name: () => string
  /** Tells the console what the disks are like now. */
  refresh: () => Promise<void>
}

/** After these the computer is not what the console thinks that it is. */
function changesComputer(command: AgentCommand): boolean {
  return command.kind === 'capture' ? command.intoCache !== undefined : command.kind !== 'restart' && command.kind !== 'shutdown'
}

/** What an Outcome may hold. */
const TEXT_LIMIT = 2000
const PARAM_LIMIT = 400

/** Runs one operation at a time; whatever happens in it ends in an outcome. */
export class Worker {
  readonly #settings: WorkerSettings
  readonly #events: WorkerEvents
  #current: { operation: OperationId; controller: AbortController; ended: Promise<void> } | undefined

  constructor(settings: WorkerSettings, events: WorkerEvents) {
    this.#settings = settings
    this.#events = events
  }

  get running(): OperationId[] {
    return this.#current === undefined ? [] : [this.#current.operation]
  }

  start(operation: OperationId, command: AgentCommand): void {
    if (this.#current !== undefined) {
      this.#events.done(operation, outcome(RESULT.busy, `operation ${this.#current.operation} is running`), command)
      return
    }
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#current = { operation, controller, ended: promise }
    this.#events.started(operation, command)
    void this.#run(operation, command, controller.signal).finally(resolve)
  }

  cancel(operation: OperationId): void {
    if (this.#current?.operation === operation) this.#current.controller.abort()
  }

  /** Cancels what runs and waits until it has cleaned up after itself. */
  async stop(): Promise<void> {
    this.#current?.controller.abort()
    await this.#current?.ended
  }

  async #run(operation: OperationId, command: AgentCommand, signal: AbortSignal): Promise<void> {
    const started = performance.now()
    const seconds = (): number => (performance.now() - started) / 1000
    const language = this.#settings.language()
    const log = this.#log(operation)
    let ended: Outcome
    try {
      const result = await this.#perform(operation, command, signal, log, language)
      ended = { ...outcome(RESULT.ok, 'ok'), ...result, seconds: seconds() }
      log.step(100, texts(language).finished(formatSeconds(seconds())))
    } catch (error) {
      const record = toErrorRecord(error)
      ended = { ...outcome(record.code, record.message, record.params), seconds: seconds() }
      this.#events.log(operation, logLine('error', `[100] ${record.code} (${resultName(record.code)}): ${record.message}`))
      this.#events.log(operation, logLine('error', resultSentence(language, record.code, record.params)))
    }
    if (changesComputer(command)) await this.#refresh(operation)
    this.#settings.channels.close(operation)
    this.#current = undefined
    this.#events.done(operation, ended, command)
  }

  /** Also after a failure: then most of all it matters what is left. What cannot be read stays as it was known. */
  async #refresh(operation: OperationId): Promise<void> {
    try {
      await this.#settings.refresh()
    } catch (error) {
      this.#events.log(operation, logLine('warn', error instanceof Error ? error.message : String(error)))
    }
  }

  async #perform(
    operation: OperationId, command: AgentCommand, signal: AbortSignal, log: OperationLog, language: Language,
  ): Promise<OperationResult> {
    const context: OperationContext = {
      ...this.#settings.base,
      signal,
      log,
      language,
      texts: texts(language),
      openChannel: (name) => this.#settings.channels.open(operation, name),
      onProgress: (progress) => this.#events.progress(operation, progress),
    }
    switch (command.kind) {
      case 'capture':
        return capture(command, this.#settings.name(), this.#settings.creator, context)
      case 'restore':
        return restore(command, context)
      case 'updateCache':
      case 'deleteCached':
      case 'prepareCache':
      case 'formatCache':
      case 'publishCached':
        return cacheCommand(command, context)
      case 'restart':
      case 'shutdown':
        // Done as soon as it is understood: what follows is the acknowledgement, and then the end of this process.
        return { figures: Figures.parse({}) }
      default:
        return assertNever(command)
    }
  }

  #log(operation: OperationId): OperationLog {
    return {
      step: (marker, text) => this.#events.log(operation, logLine('info', `${`[${marker}]`.padEnd(5)} ${text}`)),
      warn: (text) => this.#events.log(operation, logLine('warn', `      ${text}`)),
    }
  }
}

function outcome(code: number, message: string, params: Outcome['params'] = {}): Outcome {
  const short = Object.entries(params).map(([key, value]) =>
    [key.slice(0, 40), typeof value === 'string' ? value.slice(0, PARAM_LIMIT) : value])
  return {
    code, message: message.slice(0, TEXT_LIMIT), params: Object.fromEntries(short), seconds: 0, figures: Figures.parse({}),
  }
}
