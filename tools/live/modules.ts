import path from 'node:path'

/** What each kernel module needs loaded before it, by path below `/lib/modules/VERSION`. */
export type ModuleDependencies = ReadonlyMap<string, readonly string[]>

/** Parses `modules.dep`: `kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/fs/mbcache.ko` (depmod(8)). */
export function parseModulesDep(text: string): ModuleDependencies {
  const dependencies = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) dependencies.set(line.slice(0, colon), line.slice(colon + 1).split(' ').filter(Boolean))
  }
  return dependencies
}

/**
 * Modules that fit a pattern, and everything that those need; sorted.
 * A pattern that starts with `!` takes away from what the ones before it chose, not from what is needed.
 * Throws when a pattern fits nothing, so that a module that a new kernel renamed is not lost in silence.
 */
export function selectModules(dependencies: ModuleDependencies, patterns: readonly string[]): string[] {
  const chosen = new Set<string>()
  for (const pattern of patterns) {
    const unwanted = pattern.startsWith('!')
    const fitting = [...dependencies.keys()].filter((module) => fits(module, unwanted ? pattern.slice(1) : pattern))
    if (fitting.length === 0) throw new Error(`no kernel module is named ${pattern}`)
    for (const module of fitting) {
      if (unwanted) chosen.delete(module)
      else chosen.add(module)
    }
  }
  return moduleClosure(dependencies, chosen)
}

/** Patterns leave out `kernel/` and the ending: `drivers/net/ethernet/intel/e1000*` or `drivers/ata/**`. */
function fits(module: string, pattern: string): boolean {
  return path.posix.matchesGlob(module.replace(/^kernel\//, '').replace(/\.ko(\.[a-z0-9]+)?$/, ''), pattern)
}

export function moduleClosure(dependencies: ModuleDependencies, wanted: Iterable<string>): string[] {
  const closure = new Set<string>()
  const queue = [...wanted]
  for (let module = queue.pop(); module !== undefined; module = queue.pop()) {
    if (closure.has(module)) continue
    closure.add(module)
    queue.push(...(dependencies.get(module) ?? []))
  }
  return [...closure].sort()
}
