/** The day until which names stay that release 0.2.0 deprecates: twelve months, see docs/deprecations.md. */
const until = '2027-12-01';

/** The reason of a deprecation: what to use instead, and until when the old name stays. */
export const becomes = (replacement: string): string => `Use \`${replacement}\`; not removed before ${until}.`;
