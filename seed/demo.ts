export const seedDemo = async (_url: string): Promise<{ logins: string[]; password: string } | null> => null;
