import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { ready, thisPeer } from './peer.js';

// PostGraphile on the same tables, as the same role, with the settings that row-level security obeys.

const { databaseUrl, connections, userId, organizationId } = thisPeer();

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  // Screens filter by columns that have no index of their own.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['public'], poolConfig: { max: connections } })],
  grafast: {
    context: () => ({ pgSettings: { 'app.user_id': userId, 'app.organization_id': organizationId } }),
  },
  grafserv: { graphqlPath: '/graphql', websockets: false, watch: false },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port));
