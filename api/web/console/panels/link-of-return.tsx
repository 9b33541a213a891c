// The links of one return: made for its customer, copied, and taken back.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { MadeReturnLink, NewReturnLink, ReturnView } from "../../shared/contract";
import { LinkList, LINK_DAYS } from "../dialogs/return-links";
import { CopyField } from "../parts/copy-field";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";

export function LinkOfReturn({ item }: { item: ReturnView }): JSX.Element {
  const url = useSignal<string | null>(null);
  const made = useSignal(0);
  const sending = useSending();

  async function make(): Promise<void> {
    const body: NewReturnLink = {
      return_id: item.return_id,
      site_id: null,
      machine_id: null,
      order_id: null,
      valid_days: LINK_DAYS,
    };
    const answer = await sending.send<MadeReturnLink>("/v1/return-links", body);
    if (!answer) return;
    url.value = answer.url;
    made.value += 1;
  }

  return (
    <div class="return-link">
      {url.value && <CopyField label="Link for the customer, shown once" value={url.value} testId="return-link-url" />}
      <TroubleNotice trouble={sending.trouble} />
      <button
        type="button"
        class="button"
        disabled={sending.busy.value}
        data-testid="return-link-make"
        onClick={() => void make()}
      >
        Make a link for the customer
      </button>
      <LinkList path={`/v1/return-links?return_id=${item.return_id}`} stamp={made.value} />
    </div>
  );
}
