import { inputArgs } from '../../platform/schema/arguments.js';
import { LoginInput } from './account.inputs.js';

export const Credentials = inputArgs<LoginInput>(LoginInput, 'Username and password.');
