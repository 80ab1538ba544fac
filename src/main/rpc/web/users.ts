/**
 * Who may log in: `users.json` of the data folder, read at each use and replaced in one step, so that the
 * command line can add the first user with or without a running console.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Password, ROLES, UserName, type Role } from '#shared/contract/people.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { writePrivateFile } from '../../platform/private-file.ts'
import { hashPassword, verifyPassword } from './passwords.ts'

const User = z.object({ name: UserName, role: z.enum(ROLES), passwordHash: z.string(), createdAt: z.number().int() })
export type User = z.infer<typeof User>

const File = z.object({ version: z.literal(1), users: z.array(User) })

/** What is compared against for a name that does not exist, so that both take the same time. */
const nobody = hashPassword('nobody has this password')

export interface Users {
  list(): User[]
  /**
   * Adds, or sets password and role of who is there. Without a password theirs stays.
   * @throws ClonaulaError `invalidRequest`, also for somebody new without a password
   */
  set(name: string, password: string | undefined, role: Role): Promise<User>
  /** @throws ClonaulaError `notFound` */
  remove(name: string): void
  /** The user, when the password is right. */
  verify(name: string, password: string): Promise<User | undefined>
}

/** Names differ by more than case: nobody should wonder which `Ana` is which. */
const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

export function openUsers(folder: string): Users {
  const path = join(folder, 'users.json')
  const list = (): User[] => (existsSync(path) ? File.parse(JSON.parse(readFileSync(path, 'utf8'))).users : [])
  const write = (users: User[]): void => writePrivateFile(path, `${JSON.stringify({ version: 1, users }, null, 2)}\n`)
  return {
    list,
    async set(name, password, role) {
      const known = list().find((user) => sameName(user.name, name.trim()))
      const needed = known ? Password.optional() : Password
      const valid = z.object({ name: UserName, password: needed }).safeParse({ name, password })
      if (!valid.success) {
        const problem = valid.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
        throw new ClonaulaError('invalidRequest', problem, { problem })
      }
      const passwordHash = password === undefined ? known?.passwordHash ?? '' : await hashPassword(password)
      const user: User = { name: valid.data.name, role, passwordHash, createdAt: known?.createdAt ?? Date.now() }
      write([...list().filter((other) => !sameName(other.name, user.name)), user])
      return user
    },
    remove(name) {
      const users = list()
      const left = users.filter((user) => !sameName(user.name, name))
      if (left.length === users.length) throw new ClonaulaError('notFound', `no user ${name}`, { what: name })
      write(left)
    },
    async verify(name, password) {
      const user = list().find((each) => sameName(each.name, name.trim()))
      const right = await verifyPassword(password, user?.passwordHash ?? (await nobody))
      return right ? user : undefined
    },
  }
}
