import type { Subjects } from './screens/screen.js';

/** The settings of a server that ours is measured against; it runs as a process of its own. */
export interface Peer {
  databaseUrl: string;
  connections: number;
  userId: string;
  organizationId: string;
  subjects: Subjects;
}

export const thisPeer = (): Peer => JSON.parse(process.env.BENCH_PEER!) as Peer;

export const ready = (port: number): void => void process.send!({ port });
