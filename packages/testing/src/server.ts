import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A local web server. */
export interface LocalServer {
  /** Base URL, such as `http://127.0.0.1:40123`. */
  address: string;
  /** Closes all connections, including those that wait for a response. */
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
