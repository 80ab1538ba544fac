/** What the benchmarks' data is made of. Everything here is part of the cache's key. */

export const SUITE = 'bookworm'

const MIB = 1024 * 1024
/** Of the partitions that hold the systems; sparse files. */
export const VOLUME_SIZE = 8192 * MIB

/** What a classroom's Debian has: more than 2 GB in use. */
const COMMON = [
  'systemd-sysv', 'linux-image-amd64', 'firefox-esr', 'chromium', 'openjdk-17-jre-headless', 'libreoffice-writer', 'libreoffice-calc',
  'gcc', 'g++', 'gdb', 'git', 'vim', 'python3-numpy', 'fonts-dejavu', 'openssh-server', 'man-db', 'locales',
]

/** Two computers that were installed one after the other, with mostly the same packages. */
export const MACHINES = {
  first: [...COMMON, 'thunderbird'],
  second: [...COMMON, 'geany', 'octave'],
} as const
export type MachineName = keyof typeof MACHINES

/**
 * How the first one is upgraded, a revision after each: from the release as it came out to its security fixes, the way a
 * technician meets them. The last takes whatever is left.
 */
export const UPGRADES: readonly { name: string; packages: readonly string[] }[] = [
  { name: 'browser', packages: ['firefox-esr'] },
  { name: 'kernel', packages: ['linux-image-amd64'] },
  { name: 'mail and Java', packages: ['thunderbird', 'openjdk-17-jre-headless'] },
  { name: 'everything else', packages: [] },
]
