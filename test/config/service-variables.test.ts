import { expect } from 'chai';
import { withoutServiceVariables } from '../../lib/config/service-variables';

describe('the environment without the variables of Services', () => {
  const services = {
    A_SERVICE_HOST: '10.0.0.1',
    A_SERVICE_PORT: '80',
    A_SERVICE_PORT_HTTP: '80',
    A_PORT: 'tcp://10.0.0.1:80',
    A_PORT_80_TCP: 'tcp://10.0.0.1:80',
    A_PORT_80_TCP_PROTO: 'tcp',
  };
  const others = {
    A_SERVICE_HOSTS: 'a',
    A_SERVICE_PORTS: '80',
    'A_SERVICE_PORT_-': '80',
    A_PORTAL: 'tcp://10.0.0.1:80',
    A_PORT: 'see tcp://10.0.0.1:80',
    A_PORT_80_TCP_PROTOCOL: 'tcp',
    B_PORT: '80',
  };

  it('has none of them', () => {
    expect(withoutServiceVariables(services)).to.deep.equal({});
  });

  it('has those that only resemble them', () => {
    expect(withoutServiceVariables(others)).to.deep.equal(others);
  });
});
