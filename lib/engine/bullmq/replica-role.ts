import type { ReplicaRole } from '../../core/view/fleet-view.js';

export function mayLead(role: ReplicaRole = 'all'): boolean {
  return role === 'all' || role === 'scheduler';
}

export function mayExecute(role: ReplicaRole = 'all'): boolean {
  return role === 'all' || role === 'executor';
}
