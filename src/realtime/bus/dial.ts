// Addresses of NATS servers in, a connection out. What they hold of credentials is said to the server alone.
import type {NatsConnection} from '@nats-io/transport-node'
import {PgextError} from '../../errors.ts'

/** Without credentials, for people. */
export const hostsOf = (bus: string): string =>
  urlsOf(bus)
    .map(({host}) => host)
    .join(', ')

const urlsOf = (bus: string): URL[] => bus.split(',').map((one) => new URL(one.trim()))

export async function dial(bus: string): Promise<NatsConnection> {
  const urls = urlsOf(bus)
  const {username, password} = urls.find((url) => url.username !== '') ?? {username: '', password: ''}
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)]
  const {connect} = await import('@nats-io/transport-node')
  try {
    return await connect({
      servers: urls.map(({hostname, port}) => `${hostname}:${port || 4222}`),
      name: 'pgext serve',
      ...(user !== '' && (pass === '' ? {token: user} : {user, pass})),
      ...(urls.some(({protocol}) => protocol === 'tls:') && {tls: {}}),
      timeout: 5000,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      pingInterval: 5000,
      maxPingOut: 2,
    })
  } catch (error) {
    throw new PgextError('connection-failed', `no NATS server answers at ${hostsOf(bus)}: ${(error as Error).message}`, {
      hint: 'is it running, and are "bus" in pgext.json or PGEXT_BUS right?',
    })
  }
}
