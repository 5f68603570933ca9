// An address in, a connected socket out: TLS is settled here, as the driver waits for ever for a server that hangs up meanwhile.
import {connect as connectTcp, isIP, type Socket} from 'node:net'
import {connect as connectTls} from 'node:tls'
import type {Address} from './url.ts'

/** The protocol's question whether there is TLS: answered by one letter, S or N. */
const ASK_TLS = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

export async function openSocket(address: Address, seconds: number, signal?: AbortSignal): Promise<Socket> {
  if (signal?.aborted) throw failure('CONNECTION_DESTROYED')
  const {host, port, ssl} = address
  const isFolder = host.startsWith('/')
  const socket = isFolder ? connectTcp(`${host}/.s.PGSQL.${port}`) : connectTcp({host, port})
  const stop = () => socket.destroy(failure('CONNECTION_DESTROYED'))
  signal?.addEventListener('abort', stop, {once: true})
  const late = setTimeout(() => socket.destroy(failure('CONNECT_TIMEOUT')), seconds * 1000)
  try {
    await happens(socket, 'connect')
    // statements sent one after the other would wait for the network's answer to the first
    socket.setNoDelay()
    if (!ssl || isFolder) return socket
    socket.write(ASK_TLS)
    const [answer] = await happens<Buffer>(socket, 'data')
    if (answer?.[0] !== 83) {
      if (ssl === 'prefer') return socket
      throw failure('NO_TLS')
    }
    const checks = typeof ssl === 'object' ? ssl : {rejectUnauthorized: false}
    const secure = connectTls({socket, host, ...(isIP(host) === 0 && {servername: host}), ...checks})
    await happens(secure, 'secureConnect')
    return secure
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(late)
    signal?.removeEventListener('abort', stop)
  }
}

function happens<T>(socket: Socket, event: string): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(failure('CONNECTION_CLOSED'))
    const done = (settle: () => void) => {
      socket.off(event, heard).off('error', failed).off('close', closed)
      settle()
    }
    const heard = (...values: T[]) => done(() => resolve(values))
    const failed = (error: Error) => done(() => reject(error))
    socket.once(event, heard).once('error', failed).once('close', closed)
  })
}

function failure(code: string): Error {
  return Object.assign(new Error(code), {code})
}
