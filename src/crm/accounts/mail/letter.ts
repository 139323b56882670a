import type { Message } from '../../../platform/mail/mail.js';

/** The contents of a message, from which its plain text and its HTML are made. */
export interface Letter {
  subject: string;
  /** The first line. */
  heading: string;
  paragraphs: string[];
  /** The one thing to do. */
  button?: { label: string; link: string };
  /** In small print, e.g. how long the link is valid. */
  notes: string[];
}

const product = 'Too Good CRM';

export function messageOf(to: string, letter: Letter): Message {
  const { subject, button } = letter;
  return { to, subject, text: plainText(letter), html: html(letter), link: button?.link ?? null };
}

/** For mail programs that show no HTML. Links stand alone on their lines, so that these programs find their ends. */
function plainText({ heading, paragraphs, button, notes }: Letter): string {
  const action = button ? [`${button.label}:\n${button.link}`] : [];
  return `${[heading, ...paragraphs, ...action, ...notes, `-- \n${product}`].join('\n\n')}\n`;
}

/** Mail programs that drop the style sheet still show a readable message. */
function html({ subject, heading, paragraphs, button, notes }: Letter): string {
  const action = button
    ? `<p class="action"><a class="button" href="${escaped(button.link)}">${escaped(button.label)}</a></p>
<p class="small">If the button does not work, open this link:<br>
<a href="${escaped(button.link)}">${escaped(button.link)}</a></p>`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="product">${product}</p>
<h1>${escaped(heading)}</h1>
${paragraphs.map((text) => `<p>${escaped(text)}</p>`).join('\n')}
${action}
${notes.map((text) => `<p class="small">${escaped(text)}</p>`).join('\n')}
</main>
</body>
</html>
`;
}

const style = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 12px; background: #f1f3f6; color: #1c2430;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 520px; margin: 0 auto; padding: 32px 28px; background: #ffffff; border-radius: 12px; }
.product { margin: 0 0 20px; color: #1f5fbf; font-weight: 600; }
h1 { margin: 0 0 16px; font-size: 22px; line-height: 1.3; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
a { color: #1f5fbf; }
.action { margin: 28px 0; }
a.button { display: inline-block; padding: 12px 24px; border-radius: 8px; background: #1f5fbf; color: #ffffff;
  font-weight: 600; text-decoration: none; }
.small { color: #5a6573; font-size: 14px; }
.small:last-child { margin-bottom: 0; }
@media (prefers-color-scheme: dark) {
  body { background: #12161c; color: #e6eaf0; }
  main { background: #1c222b; }
  .product, a { color: #8ab8ff; }
  a.button { background: #2f6fd0; color: #ffffff; }
  .small { color: #a3aebc; }
}
@media (max-width: 480px) {
  main { padding: 24px 20px; }
  a.button { display: block; text-align: center; }
}
`;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!);
