import type { Terminal } from '../context.ts'
import { main } from '../main.ts'

export interface Ran { code: number; out: string; err: string }

/** Runs `clonaula LINE --data FOLDER` in this process; what is in double quotes is one word. */
export async function runCommand(
  folder: string, line: string, terminal: Partial<Terminal> = {}, env: Record<string, string> = { LANG: 'es_ES.UTF-8' },
): Promise<Ran> {
  let [out, err] = ['', '']
  const fake: Terminal = {
    out: (text) => { out += text },
    err: (text) => { err += text },
    interactive: false,
    ask: () => Promise.reject(new Error('nobody to ask')),
    ...terminal,
  }
  const args = line.match(/"[^"]*"|\S+/g)?.map((arg) => arg.replaceAll('"', '')) ?? []
  const code = await main([...args, '--data', folder], fake, env)
  return { code, out, err }
}
