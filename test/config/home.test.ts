import os, { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { mock } from 'node:test';
import { expect } from 'chai';
import { absolute, homeFolder, isAtHome } from '../../lib/config/home';

describe('the home folder', () => {
  it('is HOME, else the one of the user database', () => {
    expect(homeFolder({ HOME: '/home/me' })).to.equal('/home/me');
    expect(homeFolder({ HOME: '' })).to.equal(userInfo().homedir);
    expect(homeFolder({})).to.equal(userInfo().homedir);
  });

  it('is unknown without HOME for a user that the database does not have', () => {
    const lookup = mock.method(os, 'userInfo', () => {
      throw new Error('ENOENT');
    });
    try {
      expect(homeFolder({})).to.equal(undefined);
    } finally {
      lookup.mock.restore();
    }
  });

  for (const [path, isIn] of [
    ['~', true],
    ['~/', true],
    ['~/a', true],
    ['~a', false],
    ['/~', false],
    ['a/~/b', false],
    ['', false],
  ] as const) {
    it(`${isIn ? 'has' : 'does not have'} ${JSON.stringify(path)}`, () => {
      expect(isAtHome(path)).to.equal(isIn);
    });
  }

  for (const [path, home, result] of [
    ['~', '/home/me', '/home/me'],
    ['~/a/../b', '/home/me', '/home/me/b'],
    ['~/a', 'me', resolve('me/a')],
    ['~/a', undefined, '~/a'],
    ['a', undefined, resolve('a')],
    ['/a/./b', '/home/me', '/a/b'],
  ] as const) {
    it(`makes ${path} ${result}, with ${home ?? 'no home folder'}`, () => {
      expect(absolute(path, home)).to.equal(result);
    });
  }
});
