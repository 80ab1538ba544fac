/** The Debian on the golden disk: its packages, its settings, and content that a restore must not lose. */
import { randomBytes } from 'node:crypto'
import { cp, link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/run/run.ts'
import { downloadEnvironment, machineMirror } from '../../live/mirror.ts'
import { sourcesList } from '../../live/apt.ts'
import { HOST_NAME, MASKED_UNITS, mmdebstrapArgv, SUITE } from './recipe.ts'

export async function installDebian(root: string, signal: AbortSignal): Promise<void> {
  const sources = sourcesList(SUITE, await machineMirror(), false).trim().split('\n')
  await runCommand(mmdebstrapArgv(root, sources), { signal, env: downloadEnvironment() })
}

export interface FilesystemIds { root: string; esp: string }

export async function configure(root: string, ids: FilesystemIds): Promise<void> {
  await cp(join(import.meta.dirname, 'files'), root, { recursive: true })
  await writeFile(join(root, 'etc/hostname'), `${HOST_NAME}\n`)
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1\tlocalhost\n127.0.1.1\t${HOST_NAME}\n::1\tlocalhost\n`)
  await writeFile(
    join(root, 'etc/fstab'),
    `UUID=${ids.root} / ext4 errors=remount-ro 0 1\nUUID=${ids.esp} /boot/efi vfat umask=0077 0 2\n`,
  )
  await mkdir(join(root, 'boot/efi'), { recursive: true })
  // The new system's own systemctl: a bare machine that builds it has none.
  const systemctl = ['chroot', root, 'systemctl', '--root=/', '--quiet'] as const
  await runCommand([...systemctl, 'enable', 'clonaula-report.service'])
  await runCommand([...systemctl, 'mask', ...MASKED_UNITS])
  // An installed system has one: a clone must not keep it.
  await writeFile(join(root, 'etc/machine-id'), `${randomBytes(16).toString('hex')}\n`)
}

/** Hard links, an extended attribute and a sparse file, and last the hashes of all that nobody may change. */
export async function addWitnesses(root: string): Promise<void> {
  const golden = join(root, 'srv/golden')
  await mkdir(join(golden, 'links'), { recursive: true })
  await writeFile(join(golden, 'links/one'), randomBytes(300_000))
  await link(join(golden, 'links/one'), join(golden, 'links/two'))
  await link(join(golden, 'links/one'), join(golden, 'links/three'))
  await symlink('one', join(golden, 'links/symbolic'))
  await writeFile(join(golden, 'attributes'), 'This file has the extended attribute user.clonaula.\n')
  await runCommand(['setfattr', '-n', 'user.clonaula', '-v', 'kept', join(golden, 'attributes')])
  await writeFile(join(golden, 'sparse'), 'The rest of this file is a hole.\n')
  await truncate(join(golden, 'sparse'), 8 * 1024 * 1024)
  await writeFile(join(golden, 'MANIFEST'), await manifest(root))
}

/** What is hashed: not settings, which a restore changes, and no more than can be hashed under emulation in seconds. */
const HASHED = ['boot', 'srv', 'usr/bin', 'usr/lib/modules', 'usr/lib/systemd', 'usr/sbin']

/** `sha256sum` lines. GRUB's folder is left out, because a restore mends the boot loader. */
async function manifest(root: string): Promise<string> {
  const find = ['find', ...HASHED, '-path', 'boot/grub', '-prune', '-o', '-type', 'f', '-print0'] as const
  const { stdout } = await runCommand(find, { cwd: root })
  const files = stdout.split('\0').filter((file) => file !== '').sort()
  const hashed = await runCommand(['xargs', '-0', 'sha256sum'], { cwd: root, stdin: files.join('\0') })
  return hashed.stdout
}
