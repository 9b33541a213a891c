// Gets the label of a return: as PDF for any printer, or in ZPL for a label printer.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { getDocument } from "../../shared/api";
import type { ReturnView } from "../../shared/contract";
import { save } from "../../shared/save";
import { toastError } from "../../shared/toasts";

const FORMS: [string, string][] = [
  ["label.pdf?size=a6", "PDF A6"],
  ["label.pdf?size=4x6", "PDF 4 \u00d7 6 in"],
  ["label.zpl", "ZPL"],
];

export function LabelButtons({ item }: { item: ReturnView }): JSX.Element {
  const busy = useSignal(false);

  async function download(form: string): Promise<void> {
    busy.value = true;
    try {
      const file = await getDocument(`/v1/returns/${item.return_id}/${form}`);
      save(file, `${item.number}.${form.includes("zpl") ? "zpl" : "pdf"}`);
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <div class="label-buttons" role="group" aria-label="Label">
      <span class="muted">Label</span>
      {FORMS.map(([form, words]) => (
        <button
          key={form}
          type="button"
          class="button"
          disabled={busy.value}
          data-testid={`label-${words}`}
          onClick={() => void download(form)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}
