import { Worker } from 'node:worker_threads'

/**
 * A few threads that run the same script, one job after another each. They are started when there is something to do, live as
 * long as the process, and do not keep it alive; one that dies fails its jobs, and the next job finds another in its place.
 *
 * The script is a string, because the agent and the packaged console are bundled and have no file for it. For each message that it
 * gets it posts one answer. Bytes do not travel: jobs name memory that both sides see.
 */
export class ThreadPool<Job, Answer> {
  readonly #script: string
  readonly #size: number
  readonly #threads = new Set<Thread<Job, Answer>>()

  constructor(script: string, size: number) {
    this.#script = script
    this.#size = size
  }

  /** Has the least busy thread do it. @throws what ended the thread */
  async run(job: Job): Promise<Answer> {
    return this.#leastBusy().run(job)
  }

  #leastBusy(): Thread<Job, Answer> {
    const [first, ...others] = this.#threads
    const least = others.reduce((found, one) => (found && found.jobs <= one.jobs ? found : one), first)
    if (least && (least.jobs === 0 || this.#threads.size === this.#size)) return least
    const thread = new Thread<Job, Answer>(this.#script, () => this.#threads.delete(thread))
    this.#threads.add(thread)
    return thread
  }
}

class Thread<Job, Answer> {
  readonly #worker: Worker
  /** In the order in which the thread answers. */
  readonly #jobs: PromiseWithResolvers<Answer>[] = []

  constructor(script: string, onEnd: () => void) {
    this.#worker = new Worker(script, { eval: true })
    this.#worker.on('message', (answer: Answer) => this.#next()?.resolve(answer))
    this.#worker.on('error', (cause: unknown) => {
      onEnd()
      for (let job = this.#next(); job; job = this.#next()) job.reject(cause)
    })
    this.#worker.unref() // last: a listener is a reference too, which one without work would never lose
  }

  get jobs(): number {
    return this.#jobs.length
  }

  run(job: Job): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>()
    this.#jobs.push(answer)
    this.#worker.ref()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, not a window
    this.#worker.postMessage(job)
    return answer.promise
  }

  #next(): PromiseWithResolvers<Answer> | undefined {
    const job = this.#jobs.shift()
    if (this.#jobs.length === 0) this.#worker.unref()
    return job
  }
}
