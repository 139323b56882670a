import validator from 'validator';

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

const formats = {
  email: {
    canonical: (text) => text.toLowerCase().normalize('NFC'),
    accepts: (text) => validator.isEmail(text, { allow_utf8_local_part: true }),
    rule: 'must be an e-mail address',
  },
  url: {
    accepts: (text) =>
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
