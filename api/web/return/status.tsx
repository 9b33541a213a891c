// How the return stands, what its customer does next, and the label for it.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { CustomerPlace, CustomerReturn, CustomerReturnPage, DropState } from "../shared/contract";
import { Icon } from "../shared/icons";
import { save } from "../shared/save";
import { toastError } from "../shared/toasts";
import { CarrierForm } from "./carrier";
import { chooseWay, label } from "./link";
import { Trouble } from "./trouble";
import { chosenWay, WayPicker, type Choice } from "./ways";
import { headline, moment, stages, warrantyText, WAYS } from "./words";

export function Status({ item, page }: { item: CustomerReturn; page: CustomerReturnPage }): JSX.Element {
  const isOver = item.state === "cancelled" || item.state === "refused";
  return (
    <div class="flow flow--status" data-testid="return-status" data-state={item.state} data-way={item.way}>
      <div class="intro">
        <p class="intro__number">Return {item.number}</p>
        <h1>{headline(item)}</h1>
        <p>Keep this link: this page always shows how your return stands.</p>
      </div>
      {item.code && <Code item={item} code={item.code} />}
      {item.drop && <DropNote drop={item.drop} />}
      {item.may_choose_way && <ToDo item={item} />}
      {item.way === "carrier" && item.state === "awaited" && <CarrierForm />}
      {!isOver && (
        <section class="card">
          <h2>How far it is</h2>
          <ol class="stages">
            {stages(item).map((stage) => (
              <li key={stage.title} class={stage.reached ? "is-reached" : ""}>
                <span class="stages__dot">{stage.reached && <Icon name="check" size={14} />}</span>
                {stage.title}
              </li>
            ))}
          </ol>
        </section>
      )}
      <Facts item={item} />
      {item.may_choose_way && <OtherWay item={item} page={page} />}
    </div>
  );
}

const DROP_NOTES: Record<Exclude<DropState, "kept">, [strong: string, text: string]> = {
  open: ["The compartment is open.", "Lay the part in, label up, and shut the door."],
  unseen: [
    "The locker noticed nothing in the compartment.",
    "If your part lies there, tell the service desk. Else choose below how it comes.",
  ],
  lapsed: ["No compartment is kept for you any more.", "Choose below how the part comes."],
};

function DropNote({ drop }: { drop: DropState }): JSX.Element | null {
  if (drop === "kept") return null;
  const [strong, text] = DROP_NOTES[drop];
  return (
    <p class="note note--warn" data-testid="drop-note" data-drop={drop}>
      <Icon name="info" size={18} />
      <span>
        <strong>{strong}</strong> {text}
      </span>
    </p>
  );
}

function Code({ item, code }: { item: CustomerReturn; code: string }): JSX.Element {
  return (
    <section class="card code" data-testid="drop-code">
      <p>Your code for compartment {item.compartment}</p>
      <p class="code__digits" data-testid="drop-digits">
        {code.slice(0, 4)} {code.slice(4)}
      </p>
      {item.code_expires_at && <p class="code__until">Opens once, until {moment(item.code_expires_at)}</p>}
    </section>
  );
}

function ToDo({ item }: { item: CustomerReturn }): JSX.Element {
  const steps = todo(item);
  return (
    <section class="card">
      <h2>What you do now</h2>
      <ol class="todo">
        {steps.map(({ key, words }) => (
          <li key={key}>{words}</li>
        ))}
      </ol>
      <LabelButton item={item} />
    </section>
  );
}

interface Doing {
  key: string;
  words: JSX.Element;
}

function todo(item: CustomerReturn): Doing[] {
  const pack = { key: "pack", words: <>Pack the part so that nothing moves, and stick the label on it.</> };
  if (item.way === "courier") {
    return [pack, { key: "ready", words: <>Keep it ready. The courier scans it and takes it along.</> }];
  }
  const goesTo = <Where place={item.goes_to} />;
  if (item.way === "location") return [pack, { key: "bring", words: <>Hand it in at {goesTo}. It is scanned there.</> }];
  if (item.way === "carrier") {
    return [
      pack,
      { key: "send", words: <>Send it to {goesTo}.</> },
      { key: "tell", words: <>Tell us the tracking number below.</> },
    ];
  }
  return [
    pack,
    { key: "go", words: <>Go to {item.locker ? <Where place={item.locker} /> : "the locker"}.</> },
    { key: "type", words: <>Type the code at compartment {item.compartment}: its door opens.</> },
    { key: "lay", words: <>Lay the part in, label up, and shut the door. That is all.</> },
  ];
}

function Where({ place }: { place: CustomerPlace }): JSX.Element {
  const details = [place.address, place.opening_hours].filter(Boolean).join(", ");
  return (
    <>
      <strong>{place.name}</strong>
      {details && `, ${details}`}
    </>
  );
}

function LabelButton({ item }: { item: CustomerReturn }): JSX.Element {
  const busy = useSignal(false);

  async function print(): Promise<void> {
    busy.value = true;
    try {
      save(await label(), `${item.number}.pdf`);
    } catch (error) {
      toastError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <button
      type="button"
      class="button button--primary wide"
      disabled={busy.value}
      data-testid="label"
      onClick={() => void print()}
    >
      Label as PDF
    </button>
  );
}

function Facts({ item }: { item: CustomerReturn }): JSX.Element {
  const facts: [string, string][] = [
    ["Part", `${item.part_name} (${item.part_number})`],
    ["Serial", item.serial ?? "read when it arrives"],
    ["What is wrong", item.reason],
    ["How it comes", WAYS[item.way].title],
    ["Goes to", item.goes_to.name],
  ];
  if (item.carrier) facts.push(["Carrier", `${item.carrier}, ${item.tracking_number}`]);
  if (item.photos > 0) facts.push(["Photos", String(item.photos)]);
  if (item.warranty) facts.push(["Warranty", warrantyText(item.warranty)]);
  return (
    <section class="card">
      <h2>Your return</h2>
      <dl class="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function OtherWay({ item, page }: { item: CustomerReturn; page: CustomerReturnPage }): JSX.Element | null {
  const choice = useSignal<Choice>({ way: item.way, placeId: item.locker?.place_id ?? null });
  const busy = useSignal(false);
  const trouble = useSignal<unknown>(null);
  const part = page.parts.find(({ part_number }) => part_number === item.part_number);
  if (!part) return null;

  async function choose(): Promise<void> {
    if (!part) return;
    busy.value = true;
    trouble.value = null;
    try {
      const { way, placeId } = chosenWay(choice.value, part, item.serial ?? "", page.locations);
      await chooseWay({ way, place_id: placeId });
      scrollTo({ top: 0 });
    } catch (error) {
      trouble.value = error;
    } finally {
      busy.value = false;
    }
  }

  return (
    <details class="card other-way" open={item.drop === "lapsed" || item.drop === "unseen"}>
      <summary data-testid="other-way">Choose another way</summary>
      <WayPicker part={part} serial={item.serial ?? ""} locations={page.locations} choice={choice} />
      <Trouble error={trouble.value} />
      <button
        type="button"
        class="button wide"
        disabled={busy.value}
        data-testid="other-way-submit"
        onClick={() => void choose()}
      >
        Let it come this way
      </button>
    </details>
  );
}
