import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { fileError } from './files.ts'

/**
 * `shared`: adds packs, manifests and revisions; any number may at a time, since what is added hurts nobody.
 * `exclusive`: takes away what an addition might count on. Who only reads needs none and never waits.
 */
export type LockKind = 'shared' | 'exclusive'

const Holder = z.object({
  format: z.literal(1),
  kind: z.enum(['shared', 'exclusive']),
  host: z.string().max(300),
  /** Changes whenever the host starts; empty where the system does not say. */
  boot: z.string().max(100),
  pid: z.number().int().positive(),
  /** When the process started, in the system's own count; empty where it does not say. */
  started: z.string().max(100),
})
type Holder = z.infer<typeof Holder>

/** Milliseconds between two signs of life, and without one after which the lock of another host is nobody's. */
const SIGN_OF_LIFE = 60_000
const SILENCE = 10 * SIGN_OF_LIFE
/** Milliseconds that somebody in the way is waited for. */
const PATIENCE = 2000

/**
 * A presence in a repository: a file of `locks/` that says who is there. Everybody writes his own and then looks for
 * those of others, so that of two that exclude each other at least one sees the other and steps back.
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
      const name = `${randomUUID()}.json`
      await writeLock(folder, name, own)
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
  const holder = `${host.split('/')[0]}, pid ${pid}`
  return new ClonaulaError('locked', `the repository is in use by ${holder}`, { holder })
}

async function writeLock(folder: string, name: string, own: Holder): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${name}.new`), JSON.stringify(own))
    await rename(join(folder, `${name}.new`), join(folder, name))
  } catch (cause) {
    await rm(join(folder, `${name}.new`), { force: true })
    throw fileError(folder, cause)
  }
}

/** Whoever keeps `own` from being here; what the dead left is removed. */
async function inTheWay(folder: string, name: string, own: Holder): Promise<Holder | undefined> {
  const { mtimeMs: now } = await stat(join(folder, name)) // by the clock of whoever keeps the folder
  for (const file of await readdir(folder)) {
    if (file === name) continue
    const holder = await readHolder(join(folder, file))
    if (holder === undefined) continue
    if (!(await isAlive(holder, own, now))) await rm(join(folder, file), { force: true })
    else if (own.kind === 'exclusive' || holder.kind === 'exclusive') return holder
  }
  return undefined
}

interface Seen extends Holder {
  /** Of the last sign of life. */
  at: number
}

/** Undefined for what is no lock, or was given back meanwhile. */
async function readHolder(path: string): Promise<Seen | undefined> {
  try {
    const holder = Holder.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
    return holder && { ...holder, at: (await stat(path)).mtimeMs }
  } catch (cause) {
    if (cause instanceof SyntaxError || (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileError(path, cause)
  }
}

async function isAlive(holder: Seen, own: Holder, now: number): Promise<boolean> {
  if (holder.host !== own.host) return now - holder.at < SILENCE
  if (holder.boot !== own.boot) return false
  try {
    process.kill(holder.pid, 0)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM' // it is there, and somebody else's
  }
  return (await startOf(holder.pid)) === holder.started
}

async function whoAmI(kind: LockKind): Promise<Holder> {
  const machine = await line('/etc/machine-id')
  return {
    format: 1, kind, host: `${hostname()}/${machine}`, boot: await line('/proc/sys/kernel/random/boot_id'),
    pid: process.pid, started: await startOf(process.pid),
  }
}

/** Field 22 of proc_pid_stat(5), counted after the name, which may hold anything. */
async function startOf(pid: number): Promise<string> {
  const text = await line(`/proc/${pid}/stat`)
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

async function line(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim()
}
