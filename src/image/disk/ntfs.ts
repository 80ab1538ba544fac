/** Metadata only; `--force` because it refuses a dirty volume otherwise. It opens the device read-only. */
export function ntfsinfoCommand(device: string): [string, ...string[]] {
  return ['ntfsinfo', '--force', '--mft', device]
}

/** Bytes in use, from what `ntfsinfo --mft` printed; `undefined` when it is not what it prints for an NTFS volume. */
export function parseNtfsUsed(output: string): number | undefined {
  const [cluster, clusters, free] = ['Cluster Size', 'Volume Size in Clusters', 'Free Clusters'].map((name) =>
    Number(new RegExp(`^\\s*${name}:\\s*(\\d+)`, 'm').exec(output)?.[1] ?? Number.NaN))
  const used = ((clusters ?? 0) - (free ?? 0)) * (cluster ?? 0)
  return Number.isSafeInteger(used) ? used : undefined
}
