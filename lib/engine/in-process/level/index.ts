export { levelStore, type LevelStoreOptions } from './level-store.js';
