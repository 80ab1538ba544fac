/** Who may log in from a browser. */
import { z } from 'zod'
import { ROLES, type Role } from '#shared/contract/console.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { named, notFound } from './constraints.ts'
import type { Database } from './database.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { checkPassword, hashPassword, SCRYPT, type PasswordHash, type ScryptParameters } from './passwords.ts'

export const UserName = z.string().trim().regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u)
/** Long rather than strange (NIST SP 800-63B, 3.1.1.2). */
export const Password = z.string().min(10).max(1024)

export interface User { id: number; name: string; role: Role }

export interface Users {
  list(): User[]
  /** @throws `invalidRequest` name or password · `nameTaken` */
  create(name: string, password: string, role: Role): Promise<User>
  /**
   * The user, when the password is right. Takes as long for a name that does not exist.
   * @param address of the browser, to slow down guessing
   * @throws `unauthenticated`, with the seconds to `wait` when there were too many attempts
   */
  verify(name: string, password: string, address: string): Promise<User>
  /** Also ends the user's sessions. @throws `invalidRequest` · `notFound` */
  setPassword(name: string, password: string): Promise<void>
}

interface UserRow {
  id: number
  name: string
  role: string
  salt: Buffer
  hash: Buffer
  cost: number
  block_size: number
  parallelization: number
}

type PasswordColumns = Omit<UserRow, 'id' | 'name' | 'role'>

export function createUsers(db: Database, now: () => number, parameters: ScryptParameters = SCRYPT): Users {
  const all = db.prepare<[], UserRow>('SELECT * FROM users ORDER BY name')
  const byName = db.prepare<[string], UserRow>('SELECT * FROM users WHERE name = ?')
  const add = db.prepare<[PasswordColumns & { name: string; role: string }]>(`
    INSERT INTO users (name, role, salt, hash, cost, block_size, parallelization)
    VALUES (@name, @role, @salt, @hash, @cost, @block_size, @parallelization)`)
  const change = db.prepare<[PasswordColumns & { name: string }]>(`
    UPDATE users SET salt = @salt, hash = @hash, cost = @cost, block_size = @block_size, parallelization = @parallelization
    WHERE name = @name`)
  const logOut = db.prepare<[string]>('DELETE FROM web_sessions WHERE user_id = (SELECT id FROM users WHERE name = ?)')
  const throttle = createLoginThrottle(now)
  /** What the password of nobody is compared with. */
  const nobody = hashPassword('', parameters)

  return {
    list: () => all.all().map(userOf),
    async create(name, password, role) {
      const valid = checked('name', UserName, name)
      const columns = columnsOf(await hashPassword(checked('password', Password, password), parameters))
      const { lastInsertRowid } = named(valid, () => add.run({ name: valid, role, ...columns }))
      return { id: Number(lastInsertRowid), name: valid, role }
    },
    async verify(name, password, address) {
      const wait = throttle.wait(name, address)
      if (wait > 0) {
        throw new ClonaulaError('unauthenticated', 'too many attempts', { wait: Math.ceil(wait / 1000) })
      }
      // Counted before the slow part: attempts that come at once are attempts too.
      throttle.failed(name, address)
      const row = byName.get(name)
      const right = await checkPassword(password.slice(0, 1024), row ? passwordOf(row) : await nobody)
      if (!row || !right) throw new ClonaulaError('unauthenticated', 'wrong user or password')
      throttle.succeeded(name, address)
      return userOf(row)
    },
    async setPassword(name, password) {
      const columns = columnsOf(await hashPassword(checked('password', Password, password), parameters))
      db.transaction(() => {
        if (change.run({ name, ...columns }).changes === 0) throw notFound(`user ${name}`)
        logOut.run(name)
      })()
    },
  }
}

function checked(what: string, schema: z.ZodType<string>, value: string): string {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new ClonaulaError('invalidRequest', `${what} not allowed`, { problem: `${what}: ${z.prettifyError(parsed.error)}` })
}

function userOf({ id, name, role }: UserRow): User {
  return { id, name, role: z.enum(ROLES).parse(role) }
}

function passwordOf(row: UserRow): PasswordHash {
  return { salt: row.salt, hash: row.hash, cost: row.cost, blockSize: row.block_size, parallelization: row.parallelization }
}

function columnsOf({ salt, hash, cost, blockSize, parallelization }: PasswordHash): PasswordColumns {
  return { salt, hash, cost, block_size: blockSize, parallelization }
}
