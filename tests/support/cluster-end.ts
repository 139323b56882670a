export { tearDown as default } from './cluster.js';
