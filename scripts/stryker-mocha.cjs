'use strict';
// Stryker's runner asks mocha 12 for files by names without their extension, which is .cjs.
const { Module } = require('node:module');
Module._extensions['.cjs'] ??= Module._extensions['.js'];
