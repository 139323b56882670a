import { generateKey } from '../platform/auth/tokens.js';

// A value for TOKEN_KEYS. To rotate, put a new key before the old one and drop that one 10 minutes later.
console.log(JSON.stringify([await generateKey()]));
