// Takes a return in by hand, for what arrives without a courier's report.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { post } from "../../shared/api";
import type { ReceivedReturn, ReturnView } from "../../shared/contract";
import { toast, toastError } from "../../shared/toasts";
import { OnceKey } from "../dialogs/once";
import { partsByNumber, resources } from "../state/store";

export function ReceiveForm({ item }: { item: ReturnView }): JSX.Element {
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), [item.return_id]);
  const asksSerial = item.serial === null && partsByNumber.value.get(item.part_number)?.kind === "repairable";

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const typed = fields.get("serial");
    const scanned = String(fields.get("code") ?? "").trim() || null;
    const body: ReceivedReturn = { serial: typed === null ? null : String(typed).trim(), code: scanned };
    busy.value = true;
    try {
      await post(`/v1/returns/${item.return_id}/receive`, body, once.for(body));
      toast(`${item.number} is received.`);
      resources.returns.touch();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="receive" onSubmit={submit}>
      {asksSerial && (
        <label class="field">
          <span>Serial on the part</span>
          <input name="serial" required maxLength={64} autocomplete="off" data-testid="receive-serial" />
        </label>
      )}
      {item.way !== "courier" && (
        <label class="field">
          <span>Scan its label</span>
          <input name="code" maxLength={120} autocomplete="off" spellcheck={false} data-testid="receive-code" />
        </label>
      )}
      <button class="button" disabled={busy.value} data-testid="receive-submit">
        It arrived here
      </button>
    </form>
  );
}
