// How a unit leaves the bench: its grade, where it goes, and the warranty on the repair.
import type { JSX } from "preact";
import type { WorkOrderDetail, WorkOrderView } from "../../shared/contract";
import { humanised } from "../../shared/format";
import { toast } from "../../shared/toasts";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { destinationKinds, gradesOf, isSound } from "../state/bench";
import { locationsById } from "../state/store";

interface Props {
  order: WorkOrderView;
  onDone(answer: WorkOrderDetail): void;
}

export function CloseForm({ order, onDone }: Props): JSX.Element {
  const sending = useSending();
  const kinds = destinationKinds(order);
  const places = [...locationsById.value.values()].filter((place) => kinds.includes(place.kind));

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body = {
      grade: String(fields.get("grade")),
      to_location_id: String(fields.get("place") ?? "") || null,
      warranty_days: Number(fields.get("warranty") ?? 0),
    };
    const answer = await sending.send<WorkOrderDetail>(`/v1/repairs/${order.work_order_id}/close`, body);
    if (answer === null) return;
    toast(`${order.number} is closed.`);
    onDone(answer);
  }

  return (
    <form class="bench-form" onSubmit={submit} data-testid="close-form">
      <h4>Let it go</h4>
      <div class="field-halves">
        <label class="field">
          <span>Condition</span>
          <select name="grade" data-testid="close-grade">
            {gradesOf(order).map((grade) => (
              <option key={grade} value={grade}>
                {humanised(grade)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Goes to</span>
          <select name="place" data-testid="close-place">
            {!isSound(order) && <option value="">It stays here</option>}
            {places.map((place) => (
              <option key={place.location_id} value={place.location_id}>
                {place.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {order.outcome === "repaired" && (
        <label class="field">
          <span>Warranty on the repair, days</span>
          <input name="warranty" type="number" min={0} max={3650} defaultValue={90} data-testid="close-warranty" />
        </label>
      )}
      <TroubleNotice trouble={sending.trouble} />
      <button class="button button--primary button--large" disabled={sending.busy.value} data-testid="close-submit">
        Close the work order
      </button>
    </form>
  );
}
