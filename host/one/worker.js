// @ts-check
// The script of the worker of mode one, if the program's files have none of their own: it imports
// the glue by its address.

import { beWorker } from './start.js';

beWorker();
