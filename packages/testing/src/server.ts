import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server on this machine. */
export interface LocalServer {
  /** Such as `http://127.0.0.1:40123`. */
  address: string;
  /** Ends all connections, also those that wait for an answer. */
  close(): Promise<void>;
}

/** Serves on a free port. */
export async function serve(answer: RequestListener): Promise<LocalServer> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
