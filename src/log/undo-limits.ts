/** Days for which a change set can be undone. */
export const undoDays = 30;

/** Changes of the longest change set that can be undone: a request has ten seconds. */
export const mostUndone = 5000;
