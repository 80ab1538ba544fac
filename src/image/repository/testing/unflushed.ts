import { nodeFileSystem, type FileSystem } from '../file-system.ts'

/** Flushes nothing: for tests that are not about power failing, and make many small files. */
export const unflushed: FileSystem = {
  ...nodeFileSystem,
  create: async (path) => ({ ...(await nodeFileSystem.create(path)), sync: async () => {} }),
  syncFolder: async () => {},
}
