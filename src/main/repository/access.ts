/**
 * Who may read and write image data: one token per run of an operation, which dies with the operation.
 * Only hashes are kept, in the inventory, so that a console that restarts knows the tokens of the
 * operations that its agents are still working on.
 */
import type { OperationId } from '#shared/domain/ids.ts'
import type { AccessTokens } from '../inventory/access-tokens.ts'

/** A capture looks up what is there already and adds to it; a restore only reads. */
export type AccessRight = 'read' | 'write'

export interface RepositoryAuthority {
  /** The operation that this token lets do so; undefined: refuse. */
  authorise(token: string, right: AccessRight): OperationId | undefined
}

export interface RepositoryAccess extends RepositoryAuthority {
  /** @returns a new token, said once. */
  issue(operation: OperationId, rights: readonly AccessRight[]): string
  /** Ends every token of an operation. */
  end(operation: OperationId): void
}

export function createRepositoryAccess(tokens: AccessTokens): RepositoryAccess {
  return {
    issue: (operation, rights) => tokens.issue(operation, { write: rights.includes('write') }),
    authorise(token, right) {
      const grant = tokens.find(token)
      if (grant === undefined || (right === 'write' && !grant.write)) return undefined
      return grant.operation
    },
    end: (operation) => tokens.end(operation),
  }
}
