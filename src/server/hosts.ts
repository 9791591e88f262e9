import type { RequestHandler } from 'express';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses (403) requests whose Host header names none of loopback and `hosts`. A web page elsewhere can let its own
 * name resolve to 127.0.0.1 and would then read this API as its own origin (DNS rebinding): only the Host gives it away.
 * `hosts` are names without a port, IPv6 in brackets.
 */
export function onlyHosts(hosts: readonly string[]): RequestHandler {
  const allowed = new Set([...LOOPBACK, ...hosts.map((host) => host.toLowerCase())]);
  return (request, response, next) => {
    const host = hostName(request.headers.host ?? '');
    if (allowed.has(host)) return next();
    response.status(403).json({
      error: {
        message: `This console does not answer under the host name "${host}". Open it as localhost, or add the name to the allowed hosts of the server.`,
      },
    });
  };
}

/** The name in a Host header, lower case, without port and without the dot that ends a fully qualified name. */
function hostName(header: string): string {
  return header.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}
