import { runCommand } from '#image/index.ts'

/**
 * Makes what is unmounted in a folder go away everywhere: a network namespace that another test makes meanwhile gets a copy of
 * every mount, which would keep a filesystem in use after ours is gone. Undone by unmounting the folder.
 */
export async function shareMounts(folder: string): Promise<void> {
  await runCommand(['mount', '--bind', folder, folder])
  await runCommand(['mount', '--make-shared', folder])
}
