export { levelStore as lmdbStore } from '../level/level-store.js';
