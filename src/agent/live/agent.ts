import { uptime } from 'node:os'
import { join } from 'node:path'
import type { AgentCommand, LogLine, Outcome, Probe } from '#shared/contract/agent.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { resultSentence, type Language } from '#shared/i18n/index.ts'
import { HttpRepository } from '#image/index.ts'
import { thisMachine, type Machine } from '#image/disk/machine.ts'
import { Channels } from '#transfer/channels.ts'
import { countDatagrams } from '#transfer/multicast/probe.ts'
import { cacheFacts } from '../cache/facts.ts'
import { bringBackSizes } from '../capture/bring-back-sizes.ts'
import { Connection, type Notice } from '../connection/connection.ts'
import { AgentProtocol, type Computer } from '../connection/protocol.ts'
import { takeInventory, type Inventory } from '../disk/inventory.ts'
import { logLine } from '../operation.ts'
import type { Screen } from '../screen/screen.ts'
import { texts } from '../text/texts.ts'
import { ownAddressTowards } from '../transfer/own-address.ts'
import { ownCard } from './own-card.ts'
import type { Parameters } from './parameters.ts'
import { SessionFile } from './session.ts'
import { VERSION } from './version.ts'
import { Worker } from './worker.ts'

/** Exit codes, as the live system's init understands them. */
export const EXIT = { stay: 0, failure: 1, reboot: 10, poweroff: 11 } as const

/** Milliseconds that a restart waits for the console to know of it. */
const ACKNOWLEDGE_TIME = 10_000

/** The live agent: one connection, one worker, one screen. */
export class Agent {
  readonly #parameters: Parameters
  readonly #machine: Machine
  readonly #screen: Screen
  readonly #session: SessionFile
  readonly #exit = Promise.withResolvers<number>()
  #language: Language = 'es'
  #computer: Computer | undefined
  #connection: Connection | undefined
  readonly #channels = new Channels((message) => this.#connection?.give(message))
  /** The operation after which this process ends, and how. */
  #leaving: { operation: OperationId; code: number } | undefined

  constructor(parameters: Parameters, screen: Screen, machine: Machine = thisMachine()) {
    this.#parameters = parameters
    this.#screen = screen
    this.#machine = machine
    this.#session = new SessionFile(parameters.state)
  }

  /** Runs until the computer is to be restarted or turned off, or `signal` says so. @returns the process' exit code */
  async run(signal: AbortSignal): Promise<number> {
    const { token } = this.#parameters
    let inventory = await this.#takeInventory()
    const ownLines = await this.#bringBack(inventory)
    if (ownLines.length > 0) inventory = await this.#takeInventory()
    let hardware = await this.#withCache(inventory)
    const mac = this.#parameters.mac ?? ownCard(hardware.interfaces, await this.#machine.text(join(this.#parameters.state, 'interface')))
    const session = await this.#session.read()
    const worker = this.#createWorker(async () => {
      hardware = await this.#look()
      connection.give({ type: 'inventory' })
    })
    const protocol = new AgentProtocol(
      { mac, version: VERSION, hardware: () => hardware, running: () => worker.running, uptime },
      { token, session },
    )
    const connection = new Connection(protocol, this.#parameters.console, (notice) => this.#notice(notice, worker))
    this.#connection = connection
    const address = hardware.interfaces.find((card) => card.mac === mac)?.ip ?? ''
    this.#screen.show({ mac, address, console: `${this.#parameters.console.host}:${this.#parameters.console.port}` })
    signal.addEventListener('abort', () => this.#exit.resolve(EXIT.stay), { once: true })
    for (const line of ownLines) connection.give({ type: 'log', line })
    connection.give({ type: 'start' })
    const code = await this.#exit.promise
    await worker.stop()
    connection.close()
    this.#screen.close()
    return code
  }

  /** What an agent before this one left small when it was killed, or the power failed, gets its size back. @returns what the console is to know of it */
  async #bringBack({ disks }: Inventory): Promise<LogLine[]> {
    const lines: LogLine[] = []
    const say = (line: LogLine): void => {
      lines.push(line)
      this.#screen.print(line)
    }
    await bringBackSizes(disks, this.#language, say)
    return lines
  }

  /** At this computer, its CACHE too. */
  async #look(): Promise<Hardware> {
    return this.#withCache(await this.#takeInventory())
  }

  #takeInventory(): Promise<Inventory> {
    return takeInventory(this.#machine, this.#parameters.disks)
  }

  async #withCache({ hardware, disks }: Inventory): Promise<Hardware> {
    return { ...hardware, cache: await cacheFacts(disks, { state: this.#parameters.state, run: this.#machine.run }) }
  }

  #createWorker(refresh: () => Promise<void>): Worker {
    const { disks, state } = this.#parameters
    return new Worker({
      base: {
        machine: this.#machine, only: disks, state,
        openRepository: ({ url, token }) => new HttpRepository({ url, token }),
      },
      channels: this.#channels,
      creator: `Clonaula ${VERSION}`,
      language: () => this.#language,
      name: () => this.#computer?.name ?? '',
      refresh,
    }, {
      started: (_, command) => this.#screen.show({ work: command.kind, progress: undefined }),
      progress: (operation, progress) => {
        this.#screen.show({ progress })
        this.#connection?.give({ type: 'progress', operation, progress })
      },
      log: (operation, line) => {
        this.#screen.print(line)
        this.#connection?.give({ type: 'log', operation, line })
      },
      done: (operation, outcome, command) => {
        this.#finished(operation, outcome, command)
      },
    })
  }

  #finished(operation: OperationId, outcome: Outcome, { kind }: AgentCommand): void {
    const sentence = resultSentence(this.#language, outcome.code, outcome.params)
    this.#screen.show({ work: undefined, progress: undefined, last: { ok: outcome.code === RESULT.ok, sentence } })
    this.#connection?.give({ type: 'done', operation, outcome })
    if (outcome.code === RESULT.ok && (kind === 'restart' || kind === 'shutdown')) {
      const code = kind === 'restart' ? EXIT.reboot : EXIT.poweroff
      this.#leaving = { operation, code }
      this.#screen.print(logLine('info', kind === 'restart' ? this.#texts.restarting : this.#texts.shuttingDown))
      setTimeout(() => this.#exit.resolve(code), ACKNOWLEDGE_TIME).unref()
    }
  }

  #notice(notice: Notice, worker: Worker): void {
    switch (notice.type) {
      case 'welcomed':
        this.#language = notice.welcome.language
        this.#computer = notice.welcome.computer ?? this.#computer
        this.#screen.show({ language: this.#language, name: this.#computer?.name, connected: true })
        this.#screen.print(logLine('info', this.#texts.connected))
        break
      case 'adopted':
        this.#computer = notice.computer
        this.#screen.show({ name: notice.computer.name })
        break
      case 'session':
        this.#session.write(notice.session).catch((error: unknown) => this.#trouble(String(error)))
        break
      case 'run':
        worker.start(notice.operation, notice.command)
        break
      case 'cancel':
        worker.cancel(notice.operation)
        break
      case 'acknowledged':
        if (this.#leaving?.operation === notice.operation) this.#exit.resolve(this.#leaving.code)
        break
      case 'transfer':
        this.#channels.hear(notice)
        break
      case 'probe':
        void this.#answerProbe(notice)
        break
      case 'offline':
        this.#channels.closeAll()
        this.#screen.show({ connected: false })
        this.#trouble(notice.reason)
        break
      case 'trouble':
        this.#trouble(notice.reason)
    }
  }

  async #answerProbe({ nonce, group, port, milliseconds }: Probe): Promise<void> {
    const card = await ownAddressTowards(this.#parameters.console.host).catch(() => undefined)
    const heard = await countDatagrams({ group, port, interface: card }, nonce, milliseconds)
    this.#connection?.give({ type: 'probed', nonce, heard })
  }

  #trouble(reason: string): void {
    this.#screen.print(logLine('warn', this.#texts.wrongMessage(reason)))
  }

  get #texts() {
    return texts(this.#language)
  }
}
