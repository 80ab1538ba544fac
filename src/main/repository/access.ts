/**
 * Who may read and write image data: one token per run of an operation, which dies with the operation.
 * Only hashes are kept, in the inventory, so that a console that restarts knows the tokens of the
 * operations that its agents are still working on.
 */
import type { IncomingMessage } from 'node:http'
import type { Rights } from '#image/repository/http-server.ts'
import { Secret } from '#shared/contract/agent.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import type { AccessTokens, TokenRights } from '../inventory/access-tokens.ts'
import type { PublishedManifests } from '../inventory/published-manifests.ts'

export interface RepositoryAccess {
  /** @returns a new token, said once. A capture asks what is there already and adds to it, and reads nothing; a restore only reads. */
  issue(operation: OperationId, rights: TokenRights): string
  /** What a request with `Authorization: Bearer TOKEN` (RFC 6750) may do; undefined: nobody that is known. */
  authorize: (request: Pick<IncomingMessage, 'headers'>) => Rights | undefined
  /** Ends every token of an operation. */
  end(operation: OperationId): void
}

export function createRepositoryAccess(tokens: AccessTokens, manifests: PublishedManifests): RepositoryAccess {
  const rights = (token: string): Rights | undefined => {
    const grant = Secret.safeParse(token).success ? tokens.find(token) : undefined
    if (!grant) return undefined
    const { operation, read, write } = grant
    return { read, write, client: String(operation), published: (manifest) => manifests.add(operation, manifest) }
  }
  return {
    issue: (operation, rights) => tokens.issue(operation, rights),
    authorize({ headers }) {
      const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
      return token === undefined ? undefined : rights(token)
    },
    end: (operation) => tokens.end(operation),
  }
}
