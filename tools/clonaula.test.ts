import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clonaula-bin-'))
  mkdirSync(join(root, 'tools'))
  copyFileSync(join(ROOT, 'tools', 'clonaula.mjs'), join(root, 'tools', 'clonaula.mjs'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function place(path: string, content = ''): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), content)
}
function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, 'tools', 'clonaula.mjs'), ...args], { encoding: 'utf8' })
}

test('says that nothing is there', () => {
  expect(run()).toMatchObject({ status: 40, stderr: expect.stringContaining('is there') as string })
})

test('says how to install what is missing', () => {
  place('src/main/cli/entry.ts')
  expect(run()).toMatchObject({ status: 40, stderr: expect.stringContaining('npm ci') as string })
})

test('runs sources before what was built, with its arguments, on the project’s Node, and passes the exit code on', () => {
  place('node_modules/better-sqlite3/package.json')
  mkdirSync(join(root, 'node_modules', '.bin'))
  symlinkSync(join(ROOT, 'node_modules', '.bin', 'node'), join(root, 'node_modules', '.bin', 'node'))
  place('out/main/cli.js', 'console.log("built", process.argv[2]); process.exitCode = 30')
  expect(run('x')).toMatchObject({ status: 30, stdout: 'built x\n' })
  place('src/main/cli/entry.ts', 'const text: string = process.version; console.log(text); process.exitCode = 7')
  expect(run()).toMatchObject({ status: 7, stdout: expect.stringMatching(/^v24\./) as string })
})
