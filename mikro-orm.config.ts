import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, ReferenceKind } from '@mikro-orm/postgresql';
import { migrations } from './migrations/index.js';
import { entities } from './src/crm/index.js';
import { logEntities } from './src/log/entities.js';
import { plainProperties } from './src/platform/database/orm.js';

/**
 * The owner's configuration, for migrations and for comparing them with the entities. Entities write ids instead of
 * relations, but the schema generator makes foreign keys from relations: here each relation replaces its id column.
 */
export default (clientUrl: string) =>
  defineConfig({
    clientUrl,
    entities: [...entities, ...logEntities],
    metadataProvider: ReflectMetadataProvider,
    extensions: [Migrator],
    ...plainProperties,
    // Only migrations define functions, triggers, views, and the tables of the log that no action writes.
    schemaGenerator: {
      ignoreRoutines: true,
      ignoreTriggers: true,
      skipViews: [/.*/],
      skipTables: ['changes', 'change_sets', 'webhook_readers', 'webhook_secrets', 'webhook_deliveries'],
    },
    migrations: {
      migrationsList: migrations,
      tableName: 'migrations',
      transactional: true,
      snapshot: false,
      silent: true,
    },
    discovery: {
      checkDuplicateFieldNames: false,
      onMetadata: (meta) => {
        const relations = Object.values(meta.properties).filter(({ kind }) => kind === ReferenceKind.MANY_TO_ONE);
        for (const relation of relations) {
          relation.persist = true;
          const id = Object.values(meta.properties).find(({ name }) => name === `${relation.name}Id`);
          if (id) id.persist = false;
        }
      },
    },
  });
