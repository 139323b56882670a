import { ManyToOne } from '@mikro-orm/decorators/legacy';
import { User } from './user.js';

/** The foreign key of `userId`, for rows that go with their user. It is neither read nor written. */
export const OfUser = ({ nullable = false } = {}) =>
  ManyToOne({
    entity: () => User,
    nullable,
    persist: false,
    hydrate: false,
    joinColumns: ['user_id'],
    referencedColumnNames: ['id'],
    deleteRule: 'cascade',
    updateRule: 'no action',
  });
