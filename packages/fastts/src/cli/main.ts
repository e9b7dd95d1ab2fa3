#!/usr/bin/env node
import { fasttsCommand, reportError } from './fasttsCommand.js';

// The reader of the output may close it early, as `head` does.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
fasttsCommand().parseAsync().catch(reportError);
