import path from 'node:path'
import { machineMirror, type DebianMirror } from './mirror.ts'
import type { PinPolicy } from './packages.ts'

export const PROJECT = path.resolve(import.meta.dirname, '../..')
export const LOCK_FILE = path.join(PROJECT, 'resources/live/packages.lock.json')

/** Options that both builds take. */
export const COMMON_OPTIONS = {
  'update-pins': { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  mirror: { type: 'string' },
  'security-mirror': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export function policyOf(options: { 'update-pins': boolean; strict: boolean }): PinPolicy {
  if (options['update-pins']) return 'update'
  return options.strict ? 'strict' : 'prefer'
}

export async function mirrorOf(options: { mirror?: string; 'security-mirror'?: string }): Promise<DebianMirror> {
  return options.mirror === undefined ? machineMirror() : { main: options.mirror, security: options['security-mirror'] }
}

/** The options that `parse` gives; a mistake in them is answered with the usage and exit code 2. */
export function optionsOr<T>(usage: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return process.exit(2)
  }
}

/** Runs a tool's work; a failure is one sentence on standard error and exit code 1. */
export async function runTool(help: boolean, usage: string, work: () => Promise<void>): Promise<void> {
  if (help) {
    console.log(usage)
    return
  }
  try {
    await work()
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
