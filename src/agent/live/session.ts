import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '#shared/contract/agent.ts'

/**
 * The session secret, where an agent that was restarted finds it. It lives in memory (/run): a new start of the computer
 * brings a new token.
 */
export class SessionFile {
  readonly #path: string
  #writing = Promise.resolve()

  constructor(folder: string) {
    this.#path = join(folder, 'session')
  }

  async read(): Promise<string | undefined> {
    const text = await readFile(this.#path, 'utf8').catch(() => '')
    return Secret.safeParse(text.trim()).data
  }

  /** One after the other, and never half: a crash leaves the old one or the new one. */
  async write(session: string): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(async () => {
      await mkdir(join(this.#path, '..'), { recursive: true, mode: 0o700 })
      await writeFile(`${this.#path}.new`, `${session}\n`, { mode: 0o600 })
      await rename(`${this.#path}.new`, this.#path)
    })
    return this.#writing
  }
}
