/**
 * Brings the boot loaders that firmware starts: `node tools/live/boot-files.ts [options]`; docs/live-system.md.
 * Writes shim and GRUB (signed), iPXE's files and boot.json, and does nothing when they are up to date.
 */
import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { COMMON_OPTIONS, LOCK_FILE, mirrorOf, optionsOr, policyOf, runTool } from './command-line.ts'
import { withFolderLock } from './folder-lock.ts'
import { movedPins, readLock, writePins, type Pins } from './lock.ts'
import { describeFiles, hashInputs, isUpToDate, writeManifest } from './manifest.ts'
import { bringPackages } from './packages.ts'
import { BOOT_FILES, BOOT_PACKAGES } from './recipe.ts'
import { Sysroot } from './sysroot.ts'

const USAGE = `node tools/live/boot-files.ts [options]
  --out FOLDER         where the results go (.cache/boot)
  --work FOLDER        packages, kept between builds (.cache/boot-work)
  --update-pins        take the newest Debian packages and rewrite resources/live/packages.lock.json
  --strict             refuse when a pinned package is no longer served
  --mirror URL         Debian's archive (the one of this machine's apt sources)
  --security-mirror URL`

const { values: options } = optionsOr(USAGE, () => parseArgs({
  options: {
    ...COMMON_OPTIONS,
    out: { type: 'string', default: '.cache/boot' },
    work: { type: 'string', default: '.cache/boot-work' },
  },
}))

/** Hash of what the files come from; `moved` when the packages are newer than these pins. */
function inputsOf(pins: Pins, moved: boolean): string {
  return hashInputs([JSON.stringify(BOOT_FILES), JSON.stringify(pins), String(moved)])
}

function acceptableInputs(pinned: Pins): string[] {
  if (options['update-pins']) return []
  return options.strict ? [inputsOf(pinned, false)] : [inputsOf(pinned, false), inputsOf(pinned, true)]
}

async function bring(): Promise<void> {
  const out = path.resolve(options.out)
  const work = path.resolve(options.work)
  const manifest = path.join(out, 'boot.json')
  const pinned = (await readLock(LOCK_FILE)).trixie
  if (await isUpToDate(manifest, acceptableInputs(pinned))) {
    console.log(`${path.relative('.', out)}: up to date`)
    return
  }
  const { pins, debs } = await bringPackages({
    recipe: BOOT_PACKAGES,
    pins: pinned,
    policy: policyOf(options),
    folder: work,
    mirror: () => mirrorOf(options),
    log: console.log,
  })
  const sysroot = await Sysroot.unpack(debs, path.join(work, 'sysroot'))
  await mkdir(out, { recursive: true })
  for (const [name, source] of Object.entries(BOOT_FILES)) await copyFile(await sysroot.file(source), path.join(out, name))
  if (options['update-pins']) await writePins(LOCK_FILE, BOOT_PACKAGES.suite, pins)
  const files = await describeFiles(out, Object.keys(BOOT_FILES))
  const packages = Object.fromEntries(Object.entries(pins).map(([name, pin]) => [name, pin.version]))
  const moved = !options['update-pins'] && movedPins(pinned, pins).length > 0
  await writeManifest(manifest, { packages, files, builtFrom: inputsOf(moved ? pinned : pins, moved) })
  for (const [name, { size }] of Object.entries(files)) console.log(`${name.padEnd(16)}${(size / 1e3).toFixed(0).padStart(6)} kB`)
}

await runTool(options.help, USAGE, () => withFolderLock(path.resolve(options.work), console.log, bring))
