// biome-ignore lint/suspicious/noExplicitAny: decorators get classes of any shape
export type Class<T = any> = abstract new (...args: any[]) => T;

/** A class whose instances are made without arguments, as entities are. */
export type Constructor<T> = { new (): T };
