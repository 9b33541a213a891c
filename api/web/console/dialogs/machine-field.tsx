// The machine at a site that a part is for: what is promised then fits it.
import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { getAll } from "../../shared/api";
import type { MachineView } from "../../shared/contract";
import { toastError } from "../../shared/toasts";

/** Nothing at all where the site has no machine that is known. */
export function MachineField(props: {
  siteId: string | null;
  machineId: Signal<string | null>;
  onChoose: () => void;
}): JSX.Element | null {
  const machines = useSignal<MachineView[]>([]);
  useEffect(() => {
    machines.value = [];
    props.machineId.value = null;
    if (props.siteId === null) return undefined;
    let isWanted = true;
    getAll<MachineView>(`/v1/machines?site_id=${encodeURIComponent(props.siteId)}`)
      .then((found) => isWanted && (machines.value = found))
      .catch(toastError);
    return () => {
      isWanted = false;
    };
  }, [props.siteId]);
  if (machines.value.length === 0) return null;
  return (
    <label class="field">
      <span>For the machine</span>
      <select
        value={props.machineId.value ?? ""}
        data-testid="new-order-machine"
        onChange={(event) => {
          props.machineId.value = event.currentTarget.value || null;
          props.onChoose();
        }}
      >
        <option value="">Any: do not check what fits</option>
        {machines.value.map((machine) => (
          <option key={machine.machine_id} value={machine.machine_id}>
            {machine.model}, serial {machine.serial}
          </option>
        ))}
      </select>
    </label>
  );
}
