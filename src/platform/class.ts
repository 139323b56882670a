// biome-ignore lint/suspicious/noExplicitAny: decorators get classes of any shape
export type Class<T = any> = abstract new (...args: any[]) => T;
