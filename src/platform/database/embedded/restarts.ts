/** Milliseconds that a program lives if nothing is wrong with it. */
const properLife = 1_000;
const mostInARow = 15;
const pauses = { first: 100, longest: 2_000 };

/** Decides how long to wait before something that has ended is started again, and when to give up. */
export class Restarts {
  private inARow = 0;

  /**
   * Milliseconds to wait, after it has lived for as many as given: none the first time, then more and more. Null after
   * 15 short lives in a row, which take about 20 seconds.
   */
  next(lived: number): number | null {
    this.inARow = lived < properLife ? this.inARow + 1 : 1;
    if (this.inARow > mostInARow) return null;
    return this.inARow === 1 ? 0 : Math.min(pauses.first * 2 ** (this.inARow - 2), pauses.longest);
  }
}
