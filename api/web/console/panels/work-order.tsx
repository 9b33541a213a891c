// One work order: what may be done next as big buttons, then its tests, parts and minutes.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { get } from "../../shared/api";
import type { WorkOrderDetail, WorkOrderView } from "../../shared/contract";
import { humanised, plural } from "../../shared/format";
import { toastError } from "../../shared/toasts";
import { CustodyList } from "../drawer/custody-list";
import { Facts } from "../parts/facts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { DEEDS, deedsOf } from "../state/bench";
import { Resource } from "../state/resource";
import { mayRepair } from "../state/roles";
import { locationName, resources } from "../state/store";
import { CloseForm } from "./work-close";
import { LabourForm, PartForm } from "./work-forms";
import { TestForm } from "./work-test";

export function WorkOrderDetailView({ order }: { order: WorkOrderView }): JSX.Element {
  const detail = useMemo(() => detailOf(order.work_order_id), [order.work_order_id]);
  useEffect(() => detail.watch(), [detail]);
  useEffect(() => detail.touch(), [order.version]);
  const whole = detail.value.value;
  const shown = whole ?? order;
  const onDone = (answer: WorkOrderDetail): void => {
    detail.value.value = answer;
    resources.repairs.touch();
  };
  const working = mayRepair() && shown.state !== "closed";
  return (
    <div class="row-detail" data-testid="work-order-detail" data-state={shown.state}>
      <Facts facts={factsOf(shown)} />
      {working && <Deeds order={shown} onDone={onDone} />}
      {working && shown.outcome && <CloseForm order={shown} onDone={onDone} />}
      {whole && working && (shown.state === "testing" || shown.state === "repairing") && (
        <TestForm order={whole} onDone={onDone} />
      )}
      {working && shown.state === "repairing" && <PartForm order={shown} onDone={onDone} />}
      {working && <LabourForm order={shown} onDone={onDone} />}
      {whole && <Done order={whole} />}
      <CustodyList serial={order.serial} stamp={`${shown.state}:${shown.version}`} />
    </div>
  );
}

function factsOf(order: WorkOrderView): [string, string][] {
  const facts: [string, string][] = [
    ["Part", `${order.part_name} (${order.part_number})`],
    ["Serial", order.unopened ? `${order.serial}, packing closed` : order.serial],
    ["Bench", locationName(order.bench_id)],
    ["Finding", order.finding || "none yet"],
  ];
  if (order.grade) facts.push(["Left as", humanised(order.grade)]);
  if (order.moved_to_id) facts.push(["Went to", locationName(order.moved_to_id)]);
  if (order.warranty_until) facts.push(["Warranty until", order.warranty_until.slice(0, 10)]);
  return facts;
}

interface FormProps {
  order: WorkOrderView;
  onDone(answer: WorkOrderDetail): void;
}

function Deeds({ order, onDone }: FormProps): JSX.Element | null {
  const sending = useSending();
  const finding = useSignal("");
  const deeds = deedsOf(order);

  async function advance(state: string): Promise<void> {
    const body = { state, finding: finding.value.trim() };
    const answer = await sending.send<WorkOrderDetail>(`/v1/repairs/${order.work_order_id}/state`, body);
    if (answer === null) return;
    finding.value = "";
    onDone(answer);
  }

  return (
    <section class="bench-deeds">
      <label class="field">
        <span>What was found</span>
        <input
          value={finding.value}
          maxLength={2000}
          autocomplete="off"
          placeholder="In a few words; may stay empty"
          data-testid="work-finding"
          onInput={(event) => (finding.value = event.currentTarget.value)}
        />
      </label>
      <TroubleNotice trouble={sending.trouble} />
      <div class="bench-deeds__grid">
        {deeds.map((state, index) => (
          <button
            key={state}
            type="button"
            class={`button button--large ${index === 0 && order.outcome === null ? "button--primary" : ""}`}
            disabled={sending.busy.value}
            data-testid={`work-to-${state}`}
            onClick={() => advance(state)}
          >
            {order.outcome && state === "testing" ? "Test it again" : DEEDS[state]}
          </button>
        ))}
      </div>
    </section>
  );
}

function Done({ order }: { order: WorkOrderDetail }): JSX.Element | null {
  if (order.runs.length + order.parts.length + order.labour.length === 0) return null;
  return (
    <section>
      <h4>What was done</h4>
      <ul class="bench-done" data-testid="work-done">
        {order.runs.map((run) => (
          <li key={run.run_id} data-passed={run.passed}>
            <span class={`badge ${run.passed ? "badge--good" : "badge--bad"}`}>{run.passed ? "Passed" : "Failed"}</span>
            <span>
              {run.readings
                .map((one) => `${one.step} ${one.value === null ? "not measured" : `${one.value} ${one.unit}`}`)
                .join(", ")}
            </span>
          </li>
        ))}
        {order.parts.map((part) => (
          <li key={part.consumed_id}>
            {part.quantity} {"\u00d7"} {part.part_number} from {locationName(part.from_location_id)}
          </li>
        ))}
        {order.labour_minutes > 0 && (
          <li>
            {plural(order.labour_minutes, "minute")} of {[...new Set(order.labour.map((one) => one.person))].join(", ")}
          </li>
        )}
      </ul>
    </section>
  );
}

function detailOf(workOrderId: string): Resource<WorkOrderDetail | null> {
  return new Resource<WorkOrderDetail | null>(
    null,
    () => get<WorkOrderDetail>(`/v1/repairs/${workOrderId}`),
    toastError,
    "watched",
  );
}
