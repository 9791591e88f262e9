/** Everything goes into the pool. */
export const POOL_RULES =
  'version: 1\noffer: { acceptWithin: 48h }\nweights: { load: 1 }\notherwise: pool\nroutes: [{ name: shared, method: pool }]\n';
