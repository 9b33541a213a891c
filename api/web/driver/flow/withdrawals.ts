// Asks a locker to open and follows what it does until its door is shut again.
import { signal } from "@preact/signals";
import { get, post } from "../../shared/api";
import type { OpenCompartment, WithdrawalView } from "../../shared/contract";
import { uuid7 } from "../../shared/uuid7";

const POLL_MS = 1_000;
const MAX_POLLS = 300;
const OVER = new Set<WithdrawalView["state"]>(["closed", "scanned", "failed", "expired"]);

export const withdrawals = signal<ReadonlyMap<string, WithdrawalView>>(new Map());
const requestIds = new Map<string, string>();

/** The same request opens once, however often it is sent; after a failure a new one is made. */
export async function openCompartment(stepId: string): Promise<void> {
  const known = withdrawals.value.get(stepId);
  if (known && OVER.has(known.state)) requestIds.delete(stepId);
  const requestId = requestIds.get(stepId) ?? uuid7();
  requestIds.set(stepId, requestId);
  const body: OpenCompartment = { request_id: requestId, step_id: stepId };
  const view = await post<WithdrawalView>("/v1/driver/withdrawals", body, requestId);
  show(stepId, view);
  void watch(stepId, view.withdrawal_id);
}

function show(stepId: string, view: WithdrawalView): void {
  withdrawals.value = new Map(withdrawals.value).set(stepId, view);
}

async function watch(stepId: string, withdrawalId: string): Promise<void> {
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const current = withdrawals.value.get(stepId);
    if (current?.withdrawal_id !== withdrawalId || OVER.has(current.state)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    try {
      show(stepId, await get<WithdrawalView>(`/v1/driver/withdrawals/${withdrawalId}`));
    } catch (error) {
      console.warn("The locker's state is not known at the moment.", error);
    }
  }
}
