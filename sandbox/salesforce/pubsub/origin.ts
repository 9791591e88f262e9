/**
 * How change events name the origin of a change made through an API ("ChangeEventHeader Fields").
 * @param callOptions the header Sforce-Call-Options, such as `client=NAME, defaultNamespace=x`
 */
export function changeOrigin(api: 'rest' | 'soap', version: number, callOptions: string | undefined): string {
  const client = /(?:^|[,;\s])client=([^,;\s]+)/i.exec(callOptions ?? '')?.[1];
  return `com/salesforce/api/${api}/${version}.0${client === undefined ? '' : `;client=${client}`}`;
}
