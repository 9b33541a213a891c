// Links by which customers announce returns: made for a site, copied, and taken back.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { getAll, post } from "../../shared/api";
import { calmNowMs } from "../../shared/clock";
import type { MadeReturnLink, NewReturnLink, ReturnLinkView } from "../../shared/contract";
import { dayAndTime, humanised } from "../../shared/format";
import { toast, toastError } from "../../shared/toasts";
import { CopyField } from "../parts/copy-field";
import { useSending } from "../parts/sending";
import { TroubleNotice } from "../parts/trouble";
import { locationName } from "../state/store";
import { Combobox } from "./combobox";
import { Dialog } from "./dialog";
import { returnLinksOpen } from "./open";
import { siteOptions } from "./options";

export const LINK_DAYS = 14;
const SHOWN = 20;

export function ReturnLinksDialog(): JSX.Element {
  return (
    <Dialog open={returnLinksOpen} title="Return links" testId="return-links-dialog">
      <ReturnLinks />
    </Dialog>
  );
}

function ReturnLinks(): JSX.Element {
  const site = useSignal<string | null>(null);
  const made = useSignal<MadeReturnLink | null>(null);
  const sending = useSending();

  async function make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (site.value === null) {
      toast("Choose a site from the list.", "bad");
      return;
    }
    const days = new FormData(event.currentTarget as HTMLFormElement).get("days");
    const body: NewReturnLink = {
      site_id: site.value,
      machine_id: null,
      order_id: null,
      return_id: null,
      valid_days: Number(days),
    };
    made.value = (await sending.send<MadeReturnLink>("/v1/return-links", body)) ?? made.value;
  }

  return (
    <form class="dialog__body" onSubmit={make}>
      <p class="muted">A customer opens the link on a phone, without an account, and announces one return by it.</p>
      <Combobox
        label="Site"
        placeholder="Search by name or address"
        options={siteOptions.value}
        value={site.value}
        onChoose={(value) => (site.value = value)}
        testId="return-link-site"
      />
      <label class="field">
        <span>Valid for days</span>
        <input name="days" type="number" min={1} max={90} value={LINK_DAYS} required data-testid="return-link-days" />
      </label>
      {made.value?.url && (
        <CopyField
          label={`Link for ${locationName(made.value.site_id)}, shown once`}
          value={made.value.url}
          testId="return-link-url"
        />
      )}
      <TroubleNotice trouble={sending.trouble} />
      <footer class="dialog__foot">
        <button type="button" class="button" onClick={() => (returnLinksOpen.value = false)}>
          Close
        </button>
        <button class="button button--primary" disabled={sending.busy.value} data-testid="return-link-submit">
          Make a link
        </button>
      </footer>
      <LinkList path="/v1/return-links" stamp={made.value?.link_id ?? ""} />
    </form>
  );
}

/** The newest links of a list; `stamp` changes when there may be others. */
export function LinkList({ path, stamp }: { path: string; stamp: string | number }): JSX.Element {
  const links = useSignal<ReturnLinkView[]>([]);

  async function read(): Promise<void> {
    try {
      links.value = await getAll<ReturnLinkView>(path, 1);
    } catch (error) {
      toastError(error);
    }
  }

  async function revoke(link: ReturnLinkView): Promise<void> {
    try {
      await post(`/v1/return-links/${link.link_id}/revoke`, {});
    } catch (error) {
      toastError(error);
    }
    await read();
  }

  useEffect(() => void read(), [path, stamp]);
  return (
    <ul class="link-list" data-testid="return-link-list">
      {links.value.slice(0, SHOWN).map((link) => (
        <li key={link.link_id} data-testid="return-link" data-state={link.state}>
          <span>
            <strong>{locationName(link.site_id)}</strong>
            <span class="muted">
              {humanised(link.state)}
              {link.state === "open" && `, until ${dayAndTime(link.expires_at, calmNowMs.value)}`}
            </span>
          </span>
          {link.state !== "revoked" && (
            <button
              type="button"
              class="button button--danger"
              data-testid="return-link-revoke"
              onClick={() => void revoke(link)}
            >
              Revoke
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
