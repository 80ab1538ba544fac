import { SqliteError } from 'better-sqlite3'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** Runs a statement that names something; a name that is taken is an error that a person can mend. */
export function named<T>(name: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (isConstraint(error, 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY')) {
      throw new ClonaulaError('nameTaken', `name taken: ${name}`, { name }, { cause: error })
    }
    throw error
  }
}

/** Runs a statement that refers to other rows; one that is not there (or is of another classroom) is `notFound`. */
export function referring<T>(what: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (isConstraint(error, 'SQLITE_CONSTRAINT_FOREIGNKEY')) throw notFound(what)
    throw error
  }
}

/** Runs a statement that removes something; what others still belong to is `notEmpty`. */
export function holding<T>(what: string, remove: () => T): T {
  try {
    return remove()
  } catch (error) {
    if (!isConstraint(error, 'SQLITE_CONSTRAINT_FOREIGNKEY')) throw error
    throw new ClonaulaError('notEmpty', `${what} is not empty`, { what }, { cause: error })
  }
}

export function notFound(what: string): ClonaulaError {
  return new ClonaulaError('notFound', `not found: ${what}`, { what })
}

function isConstraint(error: unknown, ...codes: string[]): boolean {
  return error instanceof SqliteError && codes.includes(error.code)
}
