/** Where a console keeps what is its own: inventory, repository, certificate, users, log. */
import { mkdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'

export interface Surroundings {
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
  home: string
}

/** XDG base directories on Linux, `%LOCALAPPDATA%` on Windows, `~/Library` on macOS; `CLONAULA_DATA` before all. */
export function defaultDataFolder({ platform, env, home }: Surroundings): string {
  if (env['CLONAULA_DATA']) return resolve(env['CLONAULA_DATA'])
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Clonaula')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Clonaula')
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'clonaula')
}

/** The folder to use, absolute: the one that was asked for, or this system's. It need not exist yet. */
export function dataFolder(asked?: string): string {
  return asked ? resolve(asked) : defaultDataFolder({ platform: process.platform, env: process.env, home: homedir() })
}

/**
 * Makes the folder, for its owner alone: it holds the certificate's key and the control socket.
 * @throws ClonaulaError `invalidRequest` when it is there and anybody may write to it: they could put a file, or a link, in
 *   the place of each of ours
 */
export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32' || (statSync(folder).mode & WRITABLE_BY_ALL) === 0) return
  const problem = `everybody may write to the data folder ${folder}`
  throw new ClonaulaError('invalidRequest', problem, { problem })
}

const WRITABLE_BY_ALL = 0o002
