// Parsers of environment variables. The message of an error continues the variable's name.

export const wholeNumber = (least: number, most: number) => (text: string) => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`must be a whole number from ${least} to ${most}, not "${text}"`);
  return number;
};

export const oneOf =
  <Choice extends string>(choices: readonly Choice[]) =>
  (text: string): Choice => {
    const choice = choices.find((candidate) => candidate === text);
    if (!choice) throw new Error(`must be one of ${choices.join(', ')}, not "${text}"`);
    return choice;
  };

export function postgresUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol) || !url.username || url.pathname.length < 2)
    throw new Error('must look like postgres://user:password@host:5432/database');
  return text;
}

export function replicas(text: string): string[] {
  const urls = text.split(',').map((url) => postgresUrl(url.trim()));
  const hosts = urls.map((url) => new URL(url)).map(({ hostname, port }) => `${hostname}:${port || 5432}`);
  const twice = hosts.find((host, place) => hosts.indexOf(host) < place);
  if (twice) throw new Error(`names ${twice} twice`);
  return urls;
}

export function metricsToken(text: string): string {
  if (!/^[ -~]{16,}$/.test(text)) throw new Error('must have at least 16 characters, all ASCII');
  return text;
}

export function oneLine(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new Error('must not hold line breaks or other control characters');
  return text;
}

export function origins(text: string): string[] {
  return text.split(',').map((origin) => {
    const url = URL.parse(origin.trim());
    if (!url || url.origin !== origin.trim())
      throw new Error(`must list origins such as https://app.example.com, not "${origin.trim()}"`);
    return url.origin;
  });
}
