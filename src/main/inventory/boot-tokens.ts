/** What lets an agent in once after each boot: it travels in the boot script, on the kernel's command line. */
import type { MacAddress } from '#shared/domain/ids.ts'
import type { Database } from './database.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** From the boot script to the agent's hello, slow firmware and memory checks included. */
export const BOOT_TOKEN_LIFE = 15 * 60_000
/** Firmware asks for its script more than once; whoever asks on and on only pushes out its own tokens. */
export const BOOT_TOKENS_PER_MAC = 4

export interface BootTokens {
  /** @returns a token (the contract's `Secret`) for the computer that boots from this card. */
  issue(mac: MacAddress): string
  /** True once for each token that is alive, and only for its own card. */
  redeem(token: string, mac: MacAddress): boolean
}

export function createBootTokens(db: Database, now: () => number): BootTokens {
  const add = db.prepare<[Buffer, string, number]>('INSERT INTO boot_tokens (hash, mac, expires_at) VALUES (?, ?, ?)')
  const expire = db.prepare<[number]>('DELETE FROM boot_tokens WHERE expires_at <= ?')
  const limit = db.prepare<[string, string, number]>(`
    DELETE FROM boot_tokens WHERE mac = ? AND hash NOT IN
      (SELECT hash FROM boot_tokens WHERE mac = ? ORDER BY expires_at DESC, hash LIMIT ?)`)
  const take = db.prepare<[Buffer, string]>('DELETE FROM boot_tokens WHERE hash = ? AND mac = ?')
  return {
    issue: db.transaction((mac: MacAddress) => {
      expire.run(now())
      limit.run(mac, mac, BOOT_TOKENS_PER_MAC - 1)
      const token = newSecret()
      add.run(hashSecret(token), mac, now() + BOOT_TOKEN_LIFE)
      return token
    }),
    redeem(token, mac) {
      expire.run(now())
      return take.run(hashSecret(token), mac).changes === 1
    },
  }
}
