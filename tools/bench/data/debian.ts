/** Debian systems on ext4, each in a file: installed from the release alone, and upgraded in place. */
import { existsSync } from 'node:fs'
import { chmod, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand, type Argv } from '#image/run/run.ts'
import { downloadEnvironment, machineMirror, type DebianMirror } from '../../live/mirror.ts'
import { withMount } from './mounted.ts'
import { MACHINES, SUITE, type MachineName } from './recipe.ts'
import { copyVolume, filledVolume } from './volume.ts'

/** Makes the file where it is not there yet. */
export async function installedMachine(name: MachineName, file: string, signal: AbortSignal): Promise<void> {
  await filledVolume(file, ['mkfs.ext4', '-q', '-L', name], async (volume) => {
    const { main } = await machineMirror()
    await withMount(volume, async (root) => {
      await runCommand(installation(name, root, main), { signal, env: downloadEnvironment() })
      await writeFile(join(root, 'etc/hostname'), `${name}\n`)
    })
  })
}

function installation(name: MachineName, root: string, mirror: string): Argv {
  return [
    'mmdebstrap', '--quiet', '--mode=root', '--format=directory', '--variant=apt', '--architectures=amd64',
    `--include=${MACHINES[name].join(',')}`, SUITE, root, `deb ${mirror} ${SUITE} main`,
  ]
}

/**
 * Makes a file with an upgraded copy of a system, where it is not there yet.
 * @param packages Those to upgrade, with what they need; none: all that there is.
 */
export async function upgradedMachine(from: string, file: string, packages: readonly string[], signal: AbortSignal): Promise<void> {
  if (existsSync(file)) return
  const part = await copyVolume(from, `${file}.part`)
  await upgradeMachine(part, packages, signal)
  await rename(part, file)
}

async function upgradeMachine(file: string, packages: readonly string[], signal: AbortSignal): Promise<void> {
  const sources = upgradeSources(await machineMirror())
  await withMount(file, async (root) => {
    await writeFile(join(root, 'etc/apt/sources.list'), sources)
    await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n') // no service starts in here
    await chmod(join(root, 'usr/sbin/policy-rc.d'), 0o755)
    await runCommand(['cp', '--dereference', '/etc/resolv.conf', join(root, 'etc/resolv.conf')])
    const inside = async (...argv: string[]): Promise<void> => {
      await runCommand(['chroot', root, ...argv], { signal, env: { ...downloadEnvironment(), DEBIAN_FRONTEND: 'noninteractive' } })
    }
    await runCommand(['mount', '-t', 'proc', 'proc', join(root, 'proc')])
    await runCommand(['mount', '--bind', '/dev', join(root, 'dev')])
    try {
      await inside('apt-get', '-qq', 'update')
      const wanted = packages.length === 0 ? ['dist-upgrade'] : ['install', '--only-upgrade', ...packages]
      await inside('apt-get', '-qq', '-y', '--no-install-recommends', ...wanted)
      await inside('apt-get', 'clean')
    } finally {
      await runCommand(['umount', join(root, 'dev')])
      await runCommand(['umount', join(root, 'proc')])
    }
  })
}

function upgradeSources({ main, security }: DebianMirror): string {
  if (security === undefined) throw new Error('the apt sources of this machine name no security archive: there is nothing to upgrade to')
  return `deb ${main} ${SUITE} main\ndeb ${security} ${SUITE}-security main\n`
}
