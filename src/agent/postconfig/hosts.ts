/**
 * /etc/hosts of a system that gets another name. Debian's own convention is a 127.0.1.1 line for a host without a fixed
 * address; other distributions have none and need none, so a line is changed or, where the old name was known, added.
 * @param previous What /etc/hostname said.
 */
export function renameInHosts(text: string, previous: string, name: string): string {
  const lines = text.split('\n')
  let found = false
  const changed = lines.map((line) => {
    const [, address, gap, names, comment] = /^(\s*[0-9a-fA-F:.]+)(\s+)([^#]*)(#.*)?$/.exec(line) ?? []
    if (address === undefined || names === undefined) return line
    if (address.trim() === '127.0.1.1') {
      found = true
      const others = names.split(/\s+/).filter((one) => one !== '' && !isOld(one, previous))
      return `${address}${gap}${[name, ...others.filter((one) => one !== name)].join(' ')}${comment ? ` ${comment}` : ''}`
    }
    if (!isLoopback(address.trim())) return line
    return previous === '' ? line : line.replaceAll(word(previous), name)
  })
  if (found) return changed.join('\n')
  const at = changed.findIndex((line) => /^\s*127\.0\.0\.1\s/.test(line))
  return changed.toSpliced(at + 1, 0, `127.0.1.1\t${name}`).join('\n')
}

/** `pc1` and `pc1.example.org` are the same host's names. */
function isOld(candidate: string, previous: string): boolean {
  return previous !== '' && (candidate === previous || candidate.startsWith(`${previous}.`))
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** The old name as a whole word, never `localhost`. */
function word(previous: string): RegExp {
  const quoted = previous.replaceAll(/[^A-Za-z0-9]/g, '\\$&')
  return previous === 'localhost' ? /(?!)/g : new RegExp(`(?<=\\s)${quoted}(?=\\s|$)`, 'g')
}
