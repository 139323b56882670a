import { generateKey } from '../platform/auth/tokens.js';

// A value for TOKEN_KEYS; docs/deploy.md describes rotation.
console.log(JSON.stringify([await generateKey()]));
