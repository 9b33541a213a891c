// Which buttons a role sees; the server decides what a role may do.
import type { Role } from "../../shared/contract";
import { person } from "../../shared/session";

const ORDER_ROLES = new Set<Role>(["dispatcher", "desk", "admin"]);
const FLEET_ROLES = new Set<Role>(["dispatcher", "admin"]);
const RETURN_ROLES = new Set<Role>(["dispatcher", "desk", "bench", "admin"]);

const REPAIR_ROLES = new Set<Role>(["bench", "admin"]);

export function mayOrder(): boolean {
  return person.value !== null && ORDER_ROLES.has(person.value.role);
}

export function mayReturn(): boolean {
  return person.value !== null && RETURN_ROLES.has(person.value.role);
}

export function mayRepair(): boolean {
  return person.value !== null && REPAIR_ROLES.has(person.value.role);
}

export function mayManageFleet(): boolean {
  return person.value !== null && FLEET_ROLES.has(person.value.role);
}
