import { domainToASCII, domainToUnicode } from 'node:url';
import validator from 'validator';
import { controlFault } from './text.js';

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** A text format: `canonical` normalises a text, `accepts` then tests it, and `rule` is the message if it fails. */
interface Format {
  canonical?: (text: string) => string;
  accepts: (text: string) => boolean;
  rule: string;
}

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

const isEmail = (text: string): boolean => validator.isEmail(text, { allow_utf8_local_part: true });

/**
 * Whether a message to the address reaches exactly that text. Mail programs rewrite quoted parts and spaces, and the
 * names of domains drop soft hyphens and replace look-alike letters, so that many texts would be one mailbox.
 */
function isMailbox(text: string): boolean {
  const domain = text.slice(text.lastIndexOf('@') + 1);
  return isEmail(text) && !/["\s]/.test(text) && [domainToASCII(domain), domainToUnicode(domain)].includes(domain);
}

const canonicalEmail = (text: string): string => text.toLowerCase().normalize('NFC');

const formats = {
  email: { canonical: canonicalEmail, accepts: isEmail, rule: 'must be an e-mail address' },
  mailbox: {
    canonical: canonicalEmail,
    accepts: isMailbox,
    rule: 'must be an e-mail address without quotation marks, spaces or invisible characters',
  },
  // Passwords from before may hold anything, so only new ones have this format.
  newPassword: {
    accepts: (text) => controlFault(text) === null,
    rule: 'must not contain control characters or unpaired surrogates',
  },
  url: {
    accepts: (text) =>
      URL.canParse(text) &&
      validator.isURL(text, {
        protocols: ['http', 'https'],
        require_protocol: true,
        require_tld: false,
        disallow_auth: true,
      }),
    rule: 'must be an http or https URL without credentials',
  },
  phone: {
    accepts: (text) => /^\+?[\d ()\-./]+$/.test(text) && /^\d{7,15}$/.test(text.replace(/\D/g, '')),
    rule: 'must have 7–15 digits, with spaces, ( ) - . / and one + in front only',
  },
  username: { accepts: (text) => /^[A-Za-z0-9_.+-]+$/.test(text), rule: 'may have A–Z a–z 0–9 _ . + -' },
  // Old usernames may contain an @. The message does not mention it, since new ones may not.
  storedUsername: { accepts: (text) => /^[A-Za-z0-9_.@+-]+$/.test(text), rule: 'may have A–Z a–z 0–9 _ . + -' },
  currency: {
    accepts: (text) => currencies.has(text),
    rule: 'must be an ISO 4217 code in capitals, e.g. EUR',
  },
  language: { accepts: isLanguageTag, rule: 'must be a BCP 47 language tag, e.g. en or pt-BR' },
  identifier: { accepts: (text) => /^[a-z][a-z0-9_]*$/.test(text), rule: 'must match [a-z][a-z0-9_]*' },
} satisfies Record<string, Format>;

export type TextFormat = keyof typeof formats;

export const formatOf = (name: TextFormat): Format => formats[name];
