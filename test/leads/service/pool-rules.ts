/** Everything goes into the pool. */
export const POOL_RULES =
  'version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 1 }\notherwise: pool\nroutes: [{ name: shared, method: pool }]\n';

/** Everything is offered to whoever has most room, as long as anybody has some. */
export const ROUTING_RULES =
  'version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 10 }\notherwise: pool\nroutes: [{ name: all, method: best-fit }]\n';
