/** The changes that a caller must see: those that it has made, and those that it was told of. */
export interface Horizon {
  /** The end of the caller's writes in the write-ahead log of the primary, in bytes from its beginning. */
  end: number;
  /** When the caller has written last without knowing where that ends, by `Date.now()`. */
  unknownSince: number;
  /** When the caller was told of changes last, by `performance.now()`; it means nothing to other servers. */
  toldAt: number;
}

export const noHorizon: Horizon = { end: 0, unknownSince: 0, toldAt: 0 };

/** The horizon behind all others. */
export const furthest = (horizons: readonly Horizon[]): Horizon =>
  horizons.reduce(
    (one, other) => ({
      end: Math.max(one.end, other.end),
      unknownSince: Math.max(one.unknownSince, other.unknownSince),
      toldAt: Math.max(one.toldAt, other.toldAt),
    }),
    noHorizon,
  );
