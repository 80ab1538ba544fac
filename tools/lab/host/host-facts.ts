import { cpus, loadavg, totalmem } from 'node:os'

/** The machine that all of it was emulated on: the times say nothing without it. */
export interface HostFacts {
  processor: string
  processors: number
  /** MiB. */
  memory: number
  /** Programs that wanted a processor when the lab started, on the average of a minute: work of others. */
  load: number
}

export function hostFacts(): HostFacts {
  const processors = cpus()
  const memory = Math.round(totalmem() / (1024 * 1024))
  return { processor: processors[0]?.model ?? '', processors: processors.length, memory, load: loadavg()[0] ?? 0 }
}
