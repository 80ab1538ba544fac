/** What lets an agent in once after each boot: it travels in the boot script, on the kernel's command line. */
import type { MacAddress } from '#shared/domain/ids.ts'
import { relaxed, type Database } from './database.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** From the boot script to the agent's hello, slow firmware and memory checks included. */
export const BOOT_TOKEN_LIFE = 15 * 60_000
/** Firmware asks for its script more than once; whoever asks on and on, from one address, only pushes out its own tokens. */
export const BOOT_TOKENS_PER_ASKER = 4
/** Of one card, whoever asked: a computer has few addresses in a quarter of an hour, a stranger may take many. */
export const BOOT_TOKENS_PER_MAC = 64

export interface BootTokens {
  /**
   * Does not wait for the disk, since anybody can ask: a token that a power cut takes costs one more boot.
   * @param address of who asks: anybody may ask for a computer's script, and must not use up the computer's own tokens
   * @returns a token (the contract's `Secret`) for the computer that boots from this card.
   */
  issue(mac: MacAddress, address: string): string
  /** True once for each token that is alive, and only for its own card. */
  redeem(token: string, mac: MacAddress): boolean
}

export function createBootTokens(db: Database, now: () => number): BootTokens {
  const add = db.prepare<[Buffer, string, string, number]>('INSERT INTO boot_tokens (hash, mac, address, expires_at) VALUES (?, ?, ?, ?)')
  const expire = db.prepare<[number]>('DELETE FROM boot_tokens WHERE expires_at <= ?')
  const limitAsker = db.prepare<[string, string, number]>(`
    DELETE FROM boot_tokens WHERE hash IN
      (SELECT hash FROM boot_tokens WHERE mac = ? AND address = ? ORDER BY expires_at DESC, hash LIMIT -1 OFFSET ?)`)
  const limitMac = db.prepare<[string, number]>(`
    DELETE FROM boot_tokens WHERE hash IN
      (SELECT hash FROM boot_tokens WHERE mac = ? ORDER BY expires_at DESC, hash LIMIT -1 OFFSET ?)`)
  const take = db.prepare<[Buffer, string]>('DELETE FROM boot_tokens WHERE hash = ? AND mac = ?')
  const issue = db.transaction((mac: MacAddress, address: string) => {
    expire.run(now())
    limitAsker.run(mac, address, BOOT_TOKENS_PER_ASKER - 1)
    limitMac.run(mac, BOOT_TOKENS_PER_MAC - 1)
    const token = newSecret()
    add.run(hashSecret(token), mac, address, now() + BOOT_TOKEN_LIFE)
    return token
  })
  return {
    issue: (mac, address) => relaxed(db, () => issue(mac, address)),
    redeem(token, mac) {
      expire.run(now())
      return take.run(hashSecret(token), mac).changes === 1
    },
  }
}
