/** One step of the schema. A released migration never changes: whoever has it will not run it again. */
export interface Migration {
  /** One more than the migration before it; the database's `user_version` afterwards. */
  version: number
  up: string
}
