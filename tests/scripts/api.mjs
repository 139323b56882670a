import { GraphQLClient, gql } from 'graphql-request';

const { CRM_URL = 'http://localhost:4000/graphql', CRM_USERNAME, CRM_PASSWORD } = process.env;

const api = new GraphQLClient(CRM_URL);

const SignIn = gql`
  mutation ($input: LoginInput!) {
    login(input: $input) { accessToken }
  }
`;

let isSignedIn = false;

async function signIn() {
  api.setHeader('authorization', '');
  const { login } = await api.request(SignIn, { input: { username: CRM_USERNAME, password: CRM_PASSWORD } });
  api.setHeader('authorization', `Bearer ${login.accessToken}`);
  isSignedIn = true;
}

/** What a refusal says, or nothing when no answer came. */
const extensionsOf = (error) => error.response?.errors?.[0]?.extensions;

/** How long an operation is tried when the server does not answer. */
const patience = 300_000;

const retryable = new Set(['IDEMPOTENCY_IN_PROGRESS', 'TIMEOUT', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR']);

/** Sends an operation until it is answered: signs in when needed, and waits where another attempt may succeed. */
export async function send(document, variables, headers = {}) {
  for (const begun = Date.now(); ; ) {
    try {
      if (!isSignedIn) await signIn();
      return await api.request(document, variables, headers);
    } catch (error) {
      const refused = extensionsOf(error);
      const isExpired = ['TOKEN_EXPIRED', 'SESSION_ENDED'].includes(refused?.reason);
      const mayRetry = !refused || isExpired || retryable.has(refused.code);
      if (!mayRetry || Date.now() - begun > patience) throw error;
      if (isExpired) isSignedIn = false;
      else await new Promise((done) => setTimeout(done, refused?.retryAfterMs ?? 200));
    }
  }
}
