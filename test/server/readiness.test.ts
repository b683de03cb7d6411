import { expect } from 'chai';
import { Readiness } from '../../lib/server/readiness';

describe('Readiness', () => {
  let told: string[];
  let readiness: Readiness;

  beforeEach(() => {
    told = [];
    readiness = new Readiness({ debugEnabled: false, event: (name) => void told.push(name) });
  });

  it('begins when the service listens and a process serves', () => {
    readiness.serves(1);
    expect(readiness.isReady).to.equal(false);
    readiness.starts();
    expect(readiness.isReady).to.equal(true);
    expect(told).to.deep.equal(['server_ready']);
  });

  it('follows the number of processes that serve, and tells only changes', () => {
    readiness.starts();
    for (const count of [1, 2, 1, 0, 1]) readiness.serves(count);
    expect(told).to.deep.equal(['server_ready', 'server_unready', 'server_ready']);
  });

  it('has a word for each state', () => {
    const states = [readiness.state];
    readiness.starts();
    states.push(readiness.state);
    readiness.serves(2);
    states.push(readiness.state);
    readiness.drains();
    states.push(readiness.state);
    expect(states).to.deep.equal(['starting', 'unready', 'ready', 'draining']);
    expect(readiness.serving).to.equal(2);
  });

  it('ends for good when the service drains', () => {
    readiness.serves(2);
    readiness.starts();
    readiness.drains();
    for (const count of [1, 0, 1]) readiness.serves(count);
    expect(readiness.isReady).to.equal(false);
    expect(told).to.deep.equal(['server_ready', 'server_draining']);
  });
});
