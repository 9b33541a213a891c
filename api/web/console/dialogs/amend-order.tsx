// Changes an order: what differs from what stands is sent, with the reason; what its state forbids is shown, and locked.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { patch } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { OrderView, Urgency } from "../../shared/contract";
import { dayAndTime } from "../../shared/format";
import { explained, toast } from "../../shared/toasts";
import { differences, fieldsOf, localInput, type Fields } from "../state/amending";
import { byResponse, contractLabel } from "../state/contracts";
import { ordersById, resources } from "../state/store";
import { Combobox } from "./combobox";
import { Dialog } from "./dialog";
import { OnceKey } from "./once";
import { amendOpen, orderToAmend } from "./open";
import { partOptions, siteOptions } from "./options";

export function AmendOrderDialog(): JSX.Element | null {
  const order = orderToAmend.value;
  if (order === null) return null;
  return (
    <Dialog open={amendOpen} title={`Amend ${order.number}`} testId="amend-dialog">
      <AmendForm key={order.order_id} order={order} />
    </Dialog>
  );
}

interface Refusal {
  text: string;
  action: string | null;
}

function AmendForm({ order }: { order: OrderView }): JSX.Element {
  const fields = useSignal<Fields>(fieldsOf(order));
  const busy = useSignal(false);
  const refusal = useSignal<Refusal | null>(null);
  const once = useMemo(() => new OnceKey(), [order.order_id]);
  const onBoard = (ordersById.value.get(order.order_id) ?? order).state === "picked_up";
  const changes = differences(order, fields.value);
  useEffect(() => resources.stock.watch(), []);

  function set<Name extends keyof Fields>(name: Name, value: Fields[Name]): void {
    fields.value = { ...fields.value, [name]: value };
    refusal.value = null;
  }

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason")).trim();
    const body = { version: order.version, reason, ...changes };
    busy.value = true;
    try {
      amended(await patch<OrderView>(`/v1/orders/${order.order_id}`, body, once.for(body)));
      once.spend();
    } catch (error) {
      refusal.value = explained(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="dialog__body" onSubmit={submit}>
      {onBoard && (
        <p class="notice notice--warn" data-testid="amend-on-board">
          <strong>The part is on board</strong>
          <span>Part and quantity stay. For another part cancel the order, which sends this one back, and order anew.</span>
        </p>
      )}
      <Combobox
        label="Site"
        placeholder="Search by name or address"
        options={siteOptions.value}
        value={fields.value.site_id}
        onChoose={(value) => value !== null && set("site_id", value)}
        testId="amend-site"
      />
      {!onBoard && <Goods fields={fields.value} set={set} />}
      <div class="field-pair">
        <label class="field">
          <span>Contract</span>
          <select
            value={fields.value.contract_id}
            data-testid="amend-contract"
            onChange={(event) => set("contract_id", event.currentTarget.value)}
          >
            {resources.contracts.value.value.toSorted(byResponse).map((contract) => (
              <option key={contract.contract_id} value={contract.contract_id}>
                {contractLabel(contract)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Urgency</span>
          <select
            value={fields.value.urgency}
            data-testid="amend-urgency"
            onChange={(event) => set("urgency", event.currentTarget.value as Urgency)}
          >
            <option value="critical">Critical</option>
            <option value="planned">Planned</option>
          </select>
        </label>
      </div>
      <div class="field-halves">
        <TimeField label="Not before" name="not_before_at" fields={fields.value} set={set} />
        <TimeField label="Needed by" name="required_by_at" fields={fields.value} set={set} />
      </div>
      <label class="field">
        <span>Note for the courier</span>
        <textarea
          value={fields.value.note}
          maxLength={2000}
          rows={2}
          data-testid="amend-note"
          onInput={(event) => set("note", event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Why is it changed?</span>
        <input name="reason" required minLength={1} maxLength={200} data-testid="amend-reason" />
      </label>
      {order.sla.promised_at !== null && voids(changes) && (
        <p class="notice notice--warn" data-testid="amend-void">
          <strong>What was promised holds no more</strong>
          <span>{dayAndTime(order.sla.promised_at, calmNowMs.value)} was promised for what stood before.</span>
        </p>
      )}
      {refusal.value && (
        <p class="notice notice--bad" role="alert" data-testid="amend-refusal">
          <strong>{refusal.value.text}</strong>
          {refusal.value.action && <span>{refusal.value.action}</span>}
        </p>
      )}
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (amendOpen.value = false)}>
          Leave it
        </button>
        <button
          class="button button--primary"
          disabled={busy.value || Object.keys(changes).length === 0}
          data-testid="amend-submit"
        >
          {busy.value ? "Amending\u2026" : "Amend the order"}
        </button>
      </footer>
    </form>
  );
}

interface FieldProps {
  fields: Fields;
  set<Name extends keyof Fields>(name: Name, value: Fields[Name]): void;
}

function Goods({ fields, set }: FieldProps): JSX.Element {
  return (
    <div class="field-pair">
      <Combobox
        label="Part"
        placeholder="Search by name or part number"
        options={partOptions.value}
        value={fields.part_number}
        onChoose={(value) => value !== null && set("part_number", value)}
        testId="amend-part"
      />
      <label class="field">
        <span>Quantity</span>
        <input
          type="number"
          min={1}
          max={1000}
          required
          value={fields.quantity}
          data-testid="amend-quantity"
          onInput={(event) => set("quantity", event.currentTarget.valueAsNumber)}
        />
      </label>
    </div>
  );
}

function TimeField({
  label,
  name,
  fields,
  set,
}: FieldProps & { label: string; name: "not_before_at" | "required_by_at" }): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="datetime-local"
        value={localInput(fields[name])}
        data-testid={`amend-${name.replaceAll("_", "-")}`}
        onChange={({ currentTarget: { value } }) => set(name, value === "" ? null : new Date(value).toISOString())}
      />
    </label>
  );
}

function voids(changes: Partial<Fields>): boolean {
  return ["site_id", "part_number", "quantity", "not_before_at"].some((name) => name in changes);
}

function amended(order: OrderView): void {
  amendOpen.value = false;
  toast(`${order.number} is amended.`);
  const { value } = resources.activeOrders;
  value.value = value.value.map((known) => (known.order_id === order.order_id ? order : known));
  resources.activeOrders.touch();
}
