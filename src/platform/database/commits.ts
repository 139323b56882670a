type Listener = (organizationId: string) => void;

/** Tells listeners that this process has changed something in an organization. */
export class Commits {
  private readonly listeners = new Set<Listener>();

  /** Returns a function that removes the listener. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(organizationId: string): void {
    for (const listener of this.listeners) listener(organizationId);
  }
}
