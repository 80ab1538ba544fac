export interface WithinOptions {
  /** What is being waited for, for the error. */
  what: string
  /** Milliseconds. */
  timeout: number
  signal: AbortSignal
}

/** The promise's value, unless the time is up or the signal comes first; the promise itself goes on. */
export function within<T>(promise: Promise<T>, { what, timeout, signal }: WithinOptions): Promise<T> {
  const { promise: result, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(new Error(`${what}: nothing in ${Math.round(timeout / 1000)} s`)), timeout)
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  promise.then(resolve, reject)
  return result.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
}
