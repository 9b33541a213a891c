// Announces a return: which part comes back from where, and why.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { post } from "../../shared/api";
import type { NewReturn, ReturnView } from "../../shared/contract";
import { toast, toastError } from "../../shared/toasts";
import { select } from "../state/selection";
import { resources } from "../state/store";
import { Combobox } from "./combobox";
import { Dialog } from "./dialog";
import { OnceKey } from "./once";
import { newReturnOpen } from "./open";
import { partOptions, siteOptions } from "./options";

export function NewReturnDialog(): JSX.Element {
  return (
    <Dialog open={newReturnOpen} title="New return" testId="new-return-dialog">
      <NewReturnForm />
    </Dialog>
  );
}

function NewReturnForm(): JSX.Element {
  const site = useSignal<string | null>(null);
  const part = useSignal<string | null>(null);
  const busy = useSignal(false);
  const once = useMemo(() => new OnceKey(), []);
  useEffect(() => resources.stock.watch(), []);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (site.value === null || part.value === null) {
      toast("Choose a site and a part from the lists.", "bad");
      return;
    }
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const body: NewReturn = {
      site_id: site.value,
      part_number: part.value,
      serial: String(fields.get("serial") ?? "").trim() || null,
      destination_id: null,
      reason: String(fields.get("reason") ?? ""),
    };
    busy.value = true;
    try {
      announced(await post<ReturnView>("/v1/returns", body, once.for(body)));
      once.spend();
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="dialog__body" onSubmit={submit}>
      <Combobox
        label="Site"
        placeholder="Search by name or address"
        options={siteOptions.value}
        value={site.value}
        onChoose={(value) => (site.value = value)}
        testId="new-return-site"
      />
      <Combobox
        label="Part"
        placeholder="Search by name or part number"
        options={partOptions.value}
        value={part.value}
        onChoose={(value) => (part.value = value)}
        testId="new-return-part"
      />
      <label class="field">
        <span>Serial, where it is known</span>
        <input name="serial" maxLength={64} autocomplete="off" spellcheck={false} data-testid="new-return-serial" />
      </label>
      <label class="field">
        <span>What is wrong with it</span>
        <textarea name="reason" maxLength={2000} rows={2} data-testid="new-return-reason" />
      </label>
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (newReturnOpen.value = false)}>
          Close
        </button>
        <button class="button button--primary" disabled={busy.value} data-testid="new-return-submit">
          {busy.value ? "Announcing\u2026" : "Announce return"}
        </button>
      </footer>
    </form>
  );
}

function announced(item: ReturnView): void {
  newReturnOpen.value = false;
  toast(`${item.number} is announced.`);
  resources.returns.touch();
  select("return", item.return_id);
}
