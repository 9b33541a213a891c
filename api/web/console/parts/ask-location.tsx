// Asks a courier's phone where it is; the answer is its next position.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { post } from "../../shared/api";
import { Icon } from "../../shared/icons";
import { toast, toastError } from "../../shared/toasts";
import { OnceKey } from "../dialogs/once";

export function AskLocation({ courierId, name }: { courierId: string; name: string }): JSX.Element {
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), [courierId]);

  async function ask(): Promise<void> {
    busy.value = true;
    try {
      await post(`/v1/couriers/${courierId}/report-location`, {}, once.for({}));
      once.spend();
      toast(`${name}\u2019s phone is asked where it is.`);
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <button type="button" class="button" disabled={busy.value} data-testid="ask-location" onClick={ask}>
      <Icon name="pin" size={15} /> Ask for position
    </button>
  );
}
