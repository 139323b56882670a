import { describe, expect, test } from '@jest/globals';
import { formatOf, type TextFormat } from '../../src/platform/records/formats.js';

interface Examples {
  format: TextFormat;
  accepted: string[];
  refused: string[];
}

const examples: Examples[] = [
  {
    format: 'email',
    accepted: ['ada@example.com', 'ada+news@mail.example.com', 'jos\u00e9@example.com'],
    refused: ['', 'ada', 'ada@', '@example.com', 'a b@example.com', 'Ada <ada@example.com>', 'ada@example'],
  },
  {
    format: 'mailbox',
    accepted: [
      'ada@example.com',
      'ada+news@mail.example.com',
      "o'hara/{x}|y@example.com",
      'jos\u00e9@b\u00fccher.example',
      'jos\u00e9@xn--bcher-kva.example',
      'ada@stra\u00dfe.example',
    ],
    refused: [
      'ada',
      '"ada"@example.com',
      '"ada "@example.com',
      '"<boss@evil.example>"@example.com',
      'a\u3000b@example.com',
      'ada@exam\u00adple.com',
      'ada@\u017fhop.example',
      'ada@example\u3002com',
      'ada@\u2082.example',
    ],
  },
  {
    format: 'url',
    accepted: ['https://example.com', 'http://intranet/path?q=1#top', 'https://example.com:8443/'],
    refused: [
      'example.com',
      '//example.com',
      'javascript:alert(1)',
      'ftp://example.com',
      'https://ada:pw@example.com',
      // Node cannot send to these.
      'http://foo.0x1/',
      'http://[fe80::1%25eth0]/',
    ],
  },
  {
    format: 'phone',
    accepted: ['1234567', '+49 (30) 123-45.67/8', '123456789012345'],
    refused: ['123456', '1234567890123456', '12345678a', '+49 30 1234567 ext 5', '49+301234567', '٠١٢٣٤٥٦٧'],
  },
  { format: 'username', accepted: ['ada', 'Ada_L.1+x-y'], refused: ['', 'a b', 'ada@home', 'é'] },
  { format: 'storedUsername', accepted: ['ada', 'ada@home'], refused: ['', 'a b', 'é'] },
  { format: 'currency', accepted: ['EUR', 'USD', 'JPY'], refused: ['', 'eur', 'EURO', 'ZZZ'] },
  { format: 'language', accepted: ['en', 'pt-BR', 'zh-Hant-TW'], refused: ['', 'e', 'en_US', 'english language'] },
  { format: 'identifier', accepted: ['lead', 'lead_source2'], refused: ['', '2leads', 'Lead', 'lead-source', '_lead'] },
];

describe.each(examples)('the format $format', ({ format, accepted, refused }) => {
  test.each(accepted)('accepts %s', (text) => {
    expect(formatOf(format).accepts(text)).toBe(true);
  });

  test.each(refused)('refuses %j, and has a rule to tell', (text) => {
    expect(formatOf(format).accepts(text)).toBe(false);
    expect(formatOf(format).rule).toMatch(/^(must|may) /);
  });
});
