'use strict';
// A mutant is killed by the first example that fails: shrinking it takes most of the time, and tells nothing more.
require('fast-check').configureGlobal({ endOnFailure: true });
