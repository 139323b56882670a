// biome-ignore lint/suspicious/noExplicitAny: a class of any shape, as decorators meet it
export type Class<T = any> = abstract new (...args: any[]) => T;
