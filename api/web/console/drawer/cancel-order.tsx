// Calls an order off; with the part on board, also says what becomes of it.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OrderView } from "../../shared/contract";
import { CancelForm } from "./cancel-form";

export function CancelOrder({ order, onDone }: { order: OrderView; onDone(): void }): JSX.Element {
  const leave = useSignal(false);
  const onBoard = order.state === "picked_up";
  return (
    <CancelForm
      path={`/v1/orders/${order.order_id}/cancel`}
      what={order.number}
      also={onBoard ? { leave_in_van: leave.value } : {}}
      onDone={onDone}
    >
      {onBoard && (
        <fieldset class="choices" data-testid="cancel-on-board">
          <legend>The part is on board</legend>
          <Choice
            title="Find a use for it"
            detail="An order that waits for one gets it, else it goes back into stock"
            chosen={!leave.value}
            testId="cancel-back"
            onChoose={() => (leave.value = false)}
          />
          <Choice
            title="Leave it in the van"
            detail="If no order waits for one, it stays as stock of the van"
            chosen={leave.value}
            testId="cancel-van"
            onChoose={() => (leave.value = true)}
          />
        </fieldset>
      )}
    </CancelForm>
  );
}

interface ChoiceProps {
  title: string;
  detail: string;
  chosen: boolean;
  testId: string;
  onChoose(): void;
}

function Choice({ title, detail, chosen, testId, onChoose }: ChoiceProps): JSX.Element {
  return (
    <label class="choice">
      <input type="radio" name="on_board" checked={chosen} data-testid={testId} onChange={onChoose} />
      <span>
        <strong>{title}</strong>
        <small>{detail}</small>
      </span>
    </label>
  );
}
