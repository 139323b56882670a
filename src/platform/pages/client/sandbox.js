import { endpoint, examples, placeholderHeaders, request } from './server.js';

const source = 'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js';
const patience = 2_500;

/** Rejects where Apollo's CDN does not answer in time, or something else answers in its place. */
export async function mountSandbox(target) {
  await load(source);
  return new window.EmbeddedSandbox({
    target,
    initialEndpoint: endpoint,
    initialState: {
      document: examples.join('\n'),
      headers: placeholderHeaders,
      includeCookies: false,
      pollForSchemaUpdates: false,
    },
    endpointIsEditable: false,
    hideCookieToggle: true,
    runTelemetry: false,
    handleRequest: (_endpointUrl, options) => request(options),
  });
}

async function load(src) {
  // A script begun any sooner would hold up the page's own load event for as long as the CDN hangs.
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve));
  const script = Object.assign(document.createElement('script'), { src });
  await new Promise((resolve, reject) => {
    setTimeout(reject, patience, new Error('Apollo takes too long'));
    script.addEventListener('error', reject);
    script.addEventListener('load', resolve);
    document.head.append(script);
  });
}
