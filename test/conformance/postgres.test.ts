import { itBehavesOn } from '../support/conformance/on-a-store.js';

itBehavesOn('postgresUrl');
