#!/usr/bin/env node
import { fasttsCommand } from './fasttsCommand.js';
import { reportError } from './reportError.js';

// Who reads the output may have read enough, as `head` has.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
fasttsCommand().parseAsync().catch(reportError);
