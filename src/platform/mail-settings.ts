import validator from 'validator';

/** How messages leave the server. */
export interface MailSettings {
  /** The mail server, with its password; null writes messages to files instead. */
  url: string | null;
  /** The sender's address, with or without a name. */
  from: string;
  /** Address of the front end, to which the links of messages go, without a slash at its end. */
  appUrl: string;
}

/** The URL of a mail server; throws if it is none. */
export function smtpUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname)
    throw new Error('must look like smtps://user:password@mail.example.com');
  return text;
}

/** The address of a sender; throws if it is none. */
export function sender(text: string): string {
  if (!validator.isEmail(text, { allow_display_name: true, require_tld: false }))
    throw new Error(`must be an address such as crm@example.com or CRM <crm@example.com>, not "${text}"`);
  return text;
}

/** The address of a front end, without a slash at its end; throws if it is none. */
export function webUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash)
    throw new Error(`must be a URL such as https://app.example.com, not "${text}"`);
  return url.href.replace(/\/$/, '');
}
