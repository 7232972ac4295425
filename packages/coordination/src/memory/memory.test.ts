import { describeConfigurationBroadcastContract, describeLeasesContract } from '../contract.ts';
import { createMemoryBroadcast, createMemoryLeases } from './index.ts';

describeConfigurationBroadcastContract('memory', () => {
  const broadcast = createMemoryBroadcast();
  return { open: () => broadcast, dispose: async () => undefined };
});

describeLeasesContract('memory', () => {
  const leases = createMemoryLeases();
  return { open: () => leases, dispose: async () => undefined };
});
