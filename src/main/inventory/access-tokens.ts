/** Tokens that let an operation's agent read the repository, or for a capture add to it. */
import { OperationId } from '#shared/domain/ids.ts'
import type { Database } from './database.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** What a token's bearer may do with the repository. */
export interface TokenRights { read: boolean; write: boolean }

export interface AccessTokens {
  /** @returns a new token; only its hash is kept. */
  issue(operation: OperationId, rights: TokenRights): string
  /** What it lets its bearer do; undefined: it is none of ours, or its operation has ended. */
  find(token: string): (TokenRights & { operation: OperationId }) | undefined
  end(operation: OperationId): void
}

export function createAccessTokens(db: Database): AccessTokens {
  const add = db.prepare<[Buffer, number, number, number]>('INSERT INTO access_tokens (hash, operation_id, read, write) VALUES (?, ?, ?, ?)')
  const byHash = db.prepare<[Buffer], { operation_id: number; read: number; write: number }>(
    'SELECT operation_id, read, write FROM access_tokens WHERE hash = ?')
  const drop = db.prepare<[number]>('DELETE FROM access_tokens WHERE operation_id = ?')
  return {
    issue(operation, { read, write }) {
      const token = newSecret()
      add.run(hashSecret(token), operation, Number(read), Number(write))
      return token
    },
    find(token) {
      const row = byHash.get(hashSecret(token))
      return row && { operation: OperationId.parse(row.operation_id), read: row.read === 1, write: row.write === 1 }
    },
    end: (operation) => void drop.run(operation),
  }
}
