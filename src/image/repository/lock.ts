import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { isRunning, startOf } from '../run/processes.ts'
import { fileError } from './files.ts'

/**
 * `shared`: adds packs, manifests and revisions; any number may at a time, since what is added hurts nobody.
 * `exclusive`: takes away what an addition might count on. Who only reads needs none and never waits.
 */
export type LockKind = 'shared' | 'exclusive'

/** Who holds a lock. Texts are letters, digits, dots and hyphens. */
interface Holder {
  kind: LockKind
  /** Its name, for people. */
  host: string
  /** Tells hosts of the same name apart. */
  machine: string
  /** Changes whenever the host starts; empty where the system does not say. */
  boot: string
  pid: number
  /** When the process started, in the system's own count; empty where it does not say. */
  started: string
}

/** Milliseconds between two signs of life, and without one after which the lock of another host is nobody's. */
const SIGN_OF_LIFE = 60_000
const SILENCE = 10 * SIGN_OF_LIFE
/** Milliseconds that somebody in the way is waited for. */
const PATIENCE = 2000

/**
 * A presence in a repository: an empty file of `locks/` whose name says who is there. Empty, because it has to be had on
 * a full disk too, where somebody makes room. Everybody makes his own and then looks for those of others, so that of two
 * that exclude each other at least one sees the other and steps back.
 */
export class RepositoryLock {
  readonly #path: string
  readonly #alive: NodeJS.Timeout

  private constructor(path: string) {
    this.#path = path
    this.#alive = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), SIGN_OF_LIFE)
    this.#alive.unref()
  }

  /**
   * @param folder where the locks of the repository are
   * @param patience milliseconds to wait for whoever is in the way
   * @throws `locked`
   */
  static async take(folder: string, kind: LockKind, patience = PATIENCE): Promise<RepositoryLock> {
    const own = await whoAmI(kind)
    for (const deadline = Date.now() + patience; ; ) {
      const name = encode(own)
      await makeLock(folder, name)
      const other = await inTheWay(folder, name, own).catch(async (cause: unknown) => {
        await rm(join(folder, name), { force: true })
        throw cause
      })
      if (!other) return new RepositoryLock(join(folder, name))
      await rm(join(folder, name), { force: true })
      if (Date.now() >= deadline) throw lockedBy(other)
      await sleep(50 + Math.random() * 100) // two that step back together must not come back together
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#alive)
    await rm(this.#path, { force: true })
  }
}

function lockedBy({ host, pid }: Holder): ClonaulaError {
  const holder = `${host}, pid ${pid}`
  return new ClonaulaError('locked', `the repository is in use by ${holder}`, { holder })
}

/** `kind,host,machine,boot,pid,started,` and something that makes it the only one. */
function encode({ kind, host, machine, boot, pid, started }: Holder): string {
  return [kind, host, machine, boot, pid, started, randomUUID().slice(0, 8)].join(',')
}

const NAME = /^(shared|exclusive),([\w.-]*),([\w.-]*),([\w.-]*),([1-9]\d{0,9}),(\d*),[0-9a-f]{8}$/

/** Undefined for a file that is no lock. */
function decode(name: string): Holder | undefined {
  const [, kind, host, machine, boot, pid, started] = NAME.exec(name) ?? []
  if (kind === undefined) return undefined
  return { kind: kind as LockKind, host: host!, machine: machine!, boot: boot!, pid: Number(pid), started: started! }
}

async function makeLock(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, name), '')
  } catch (cause) {
    throw fileError(folder, cause)
  }
}

/** Whoever keeps `own` from being here; what the dead left is removed. */
async function inTheWay(folder: string, name: string, own: Holder): Promise<Holder | undefined> {
  const { mtimeMs: now } = await stat(join(folder, name)) // by the clock of whoever keeps the folder
  for (const file of await readdir(folder)) {
    if (file === name) continue
    const holder = decode(file)
    const sign = await stat(join(folder, file)).catch(() => undefined) // it may be given back just now
    if (!holder || !sign) continue
    if (!(await isAlive(holder, own, now - sign.mtimeMs))) await rm(join(folder, file), { force: true })
    else if (own.kind === 'exclusive' || holder.kind === 'exclusive') return holder
  }
  return undefined
}

/** @param silence milliseconds since its last sign of life */
async function isAlive(holder: Holder, own: Holder, silence: number): Promise<boolean> {
  if (holder.host !== own.host || holder.machine !== own.machine) return silence < SILENCE
  if (holder.boot !== own.boot) return false
  return await isRunning(holder.pid) && await startOf(holder.pid) === holder.started
}

async function whoAmI(kind: LockKind): Promise<Holder> {
  const word = (text: string): string => text.replaceAll(/[^\w.-]/g, '-').slice(0, 63)
  return {
    kind, host: word(hostname()), machine: word(await line('/etc/machine-id')),
    boot: word(await line('/proc/sys/kernel/random/boot_id')), pid: process.pid, started: await startOf(process.pid),
  }
}

async function line(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim()
}
