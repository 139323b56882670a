import { join } from 'node:path';
import type { Config } from '../config.js';
import type { MailSettings } from '../mail-settings.js';
import type { Message } from './mail.js';
import { files, type MailTransport, smtp } from './transports.js';

/** Sends to the mail server or, without one, writes to files in the data folder. */
export function transportOf({ url, from }: MailSettings, { dataFolder }: Pick<Config, 'dataFolder'>): MailTransport {
  return url ? smtp(url, from) : files(join(dataFolder, 'mail'), from, show);
}

/** To the developer's console, never to the log. */
const show = ({ to, subject, link }: Message): void =>
  console.log(`\nMail to ${to}: ${subject}${link ? `\n  ${link}` : ''}`);
