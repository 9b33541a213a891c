// Takes an order: which site, which part, under which contract, how urgent.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { post } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { OrderView, Redemption, Urgency } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { toast, toastError } from "../../shared/toasts";
import { byResponse, contractLabel } from "../state/contracts";
import { select } from "../state/selection";
import { resources } from "../state/store";
import { Combobox } from "./combobox";
import { Dialog } from "./dialog";
import { MachineField } from "./machine-field";
import { OnceKey } from "./once";
import { newOrderOpen } from "./open";
import { partOptions, siteOptions } from "./options";
import { Asking, PromiseOffer, type Wish } from "./promise";

/** The fields that a promise depends on. */
const ASKED_FOR = new Set(["quantity", "contract_id", "urgency"]);

export function NewOrderDialog(): JSX.Element {
  return (
    <Dialog open={newOrderOpen} title="New order" testId="new-order-dialog">
      <NewOrderForm />
    </Dialog>
  );
}

function NewOrderForm(): JSX.Element {
  const site = useSignal<string | null>(null);
  const part = useSignal<string | null>(null);
  const machine = useSignal<string | null>(null);
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), []);
  const form = useRef<HTMLFormElement>(null);
  const asking = useMemo(() => new Asking(), []);
  useEffect(() => resources.stock.watch(), []);
  useEffect(() => () => asking.letGo(), []);

  function wanted(): Wish | null {
    if (site.value === null || part.value === null || form.current === null) {
      toast("Choose a site and a part from the lists.", "bad");
      return null;
    }
    return orderFrom(new FormData(form.current), site.value, part.value);
  }

  function changed(event: InputEvent): void {
    const { name } = event.target as HTMLInputElement;
    if (ASKED_FOR.has(name)) asking.letGo();
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const wish = wanted();
    if (wish === null) return;
    const order: Wish | Redemption = asking.redemption(wish) ?? wish;
    busy.value = true;
    try {
      placed(await post<OrderView>("/v1/orders", order, once.for(order)));
      asking.redeemed();
      once.spend();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="dialog__body" ref={form} onSubmit={submit} onInput={changed}>
      <Combobox
        label="Site"
        placeholder="Search by name or address"
        options={siteOptions.value}
        value={site.value}
        onChoose={(value) => {
          site.value = value;
          asking.letGo();
        }}
        testId="new-order-site"
      />
      <Combobox
        label="Part"
        placeholder="Search by name or part number"
        options={partOptions.value}
        value={part.value}
        onChoose={(value) => {
          part.value = value;
          asking.letGo();
        }}
        testId="new-order-part"
      />
      <MachineField siteId={site.value} machineId={machine} onChoose={() => asking.letGo()} />
      <div class="field-pair">
        <ContractField />
        <label class="field">
          <span>Quantity</span>
          <input name="quantity" type="number" min={1} max={1000} defaultValue="1" required data-testid="new-order-quantity" />
        </label>
      </div>
      <UrgencyField />
      <label class="check">
        <input type="checkbox" name="expect_return" data-testid="new-order-return" />
        <span>The defective part comes back with the courier</span>
      </label>
      <label class="field">
        <span>Note for the courier</span>
        <textarea name="note" maxLength={2000} rows={2} data-testid="new-order-note" />
      </label>
      <PromiseOffer asking={asking} />
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (newOrderOpen.value = false)}>
          Close
        </button>
        <button
          type="button"
          class="button"
          disabled={busy.value || asking.busy.value}
          data-testid="ask-promise"
          onClick={() => {
            const wish = wanted();
            if (wish !== null) void asking.ask(wish, machine.value);
          }}
        >
          {asking.busy.value ? "Asking\u2026" : "When can it be there?"}
        </button>
        <button class="button button--primary" disabled={busy.value} data-testid="new-order-submit">
          {busy.value ? "Placing\u2026" : asking.isOffered.value ? "Order as promised" : "Place order"}
        </button>
      </footer>
    </form>
  );
}

function ContractField(): JSX.Element {
  const contracts = resources.contracts.value.value.toSorted(byResponse);
  return (
    <label class="field">
      <span>Contract</span>
      <select name="contract_id" required data-testid="new-order-contract">
        {contracts.map((contract) => (
          <option key={contract.contract_id} value={contract.contract_id}>
            {contractLabel(contract)}
          </option>
        ))}
      </select>
    </label>
  );
}

const URGENCIES: [Urgency, string, string][] = [
  ["critical", "Critical", "A machine stands still"],
  ["planned", "Planned", "Can wait for a good route"],
];

function UrgencyField(): JSX.Element {
  return (
    <fieldset class="choices">
      <legend>Urgency</legend>
      {URGENCIES.map(([value, label, detail]) => (
        <label key={value} class="choice">
          <input
            type="radio"
            name="urgency"
            value={value}
            defaultChecked={value === "critical"}
            data-testid={`new-order-${value}`}
          />
          <span>
            <strong>{label}</strong>
            <small>{detail}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function orderFrom(fields: FormData, siteId: string, partNumber: string): Wish {
  return {
    site_id: siteId,
    part_number: partNumber,
    quantity: Number(fields.get("quantity")),
    contract_id: String(fields.get("contract_id")),
    urgency: fields.get("urgency") as Urgency,
    expect_return: fields.get("expect_return") !== null,
    required_courier_id: null,
    forbidden_courier_ids: [],
    note: String(fields.get("note") ?? ""),
  };
}

function placed(order: OrderView): void {
  newOrderOpen.value = false;
  toast(`${order.number} is placed, due ${dayAndTime(order.sla.due_at, calmNowMs.value)}.`);
  const { value } = resources.activeOrders;
  value.value = [...value.value.filter(({ order_id: id }) => id !== order.order_id), order];
  resources.activeOrders.touch();
  select("order", order.order_id);
}
