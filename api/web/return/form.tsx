// What comes back, what is wrong with it, photos, and how it comes: one page, one button.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { CustomerPart, CustomerReturnPage } from "../shared/contract";
import { longDate } from "./words";
import { submit } from "./link";
import { Photos, type Photo } from "./photos";
import { SerialField } from "./serial";
import { Trouble } from "./trouble";
import { chosenWay, WayPicker, type Choice } from "./ways";

const REASONS = ["Does not work", "Works now and then", "Damaged", "Wrong part", "Not needed"];

export function ReturnForm({ page }: { page: CustomerReturnPage }): JSX.Element {
  const only = page.parts.length === 1 ? page.parts[0] : undefined;
  const partNumber = useSignal(only?.part_number ?? "");
  const serial = useSignal("");
  const kind = useSignal("");
  const words = useSignal("");
  const photos = useSignal<Photo[]>([]);
  const choice = useSignal<Choice>({ way: "courier", placeId: null });
  const busy = useSignal(false);
  const trouble = useSignal<unknown>(null);
  const part = page.parts.find((each) => each.part_number === partNumber.value);
  const missing = missingOf(part, kind.value, words.value, photos.value);

  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (busy.value || missing !== null || !part) return;
    busy.value = true;
    trouble.value = null;
    try {
      const way = chosenWay(choice.value, part, serial.value, page.locations);
      await submit({
        part_number: part.part_number,
        serial: part.serialised ? serial.value.trim() || null : null,
        reason: [kind.value, words.value.trim()].filter(Boolean).join(": "),
        way: way.way,
        place_id: way.placeId,
        photos: photos.value.flatMap(({ sha256 }) => sha256 ?? []),
      });
      scrollTo({ top: 0 });
    } catch (error) {
      trouble.value = error;
    } finally {
      busy.value = false;
    }
  }

  if (page.parts.length === 0) return <Nothing page={page} />;
  return (
    <form class="flow" onSubmit={send} data-testid="return-form">
      <div class="intro">
        <h1>Return a part</h1>
        <p>
          {page.announced ? `For your return ${page.announced}. ` : ""}Four short questions, and you get a label. This link
          is valid until {longDate(page.expires_at)}.
        </p>
      </div>
      <Step number={1} title="What comes back?">
        <Parts
          parts={page.parts}
          chosen={partNumber.value}
          onChoose={(value) => {
            partNumber.value = value;
            serial.value = "";
          }}
        />
        {part?.serialised && <SerialField key={part.part_number} part={part} serial={serial} />}
      </Step>
      <Step number={2} title="What is wrong with it?">
        <div class="chips" role="group" aria-label="Reason">
          {REASONS.map((reason) => (
            <button
              key={reason}
              type="button"
              class={`pill ${kind.value === reason ? "pill--on" : ""}`}
              aria-pressed={kind.value === reason}
              data-testid="reason"
              onClick={() => (kind.value = kind.value === reason ? "" : reason)}
            >
              {reason}
            </button>
          ))}
        </div>
        <label class="field">
          <span>In your own words (helps us to test it)</span>
          <textarea
            rows={3}
            maxLength={1900}
            value={words.value}
            data-testid="reason-words"
            onInput={(event) => (words.value = event.currentTarget.value)}
          />
        </label>
      </Step>
      <Step number={3} title="Photos" aside="optional">
        <Photos photos={photos} most={page.max_photos} maxBytes={page.max_photo_bytes} />
      </Step>
      <Step number={4} title="How does it come to us?">
        {part ? (
          <WayPicker part={part} serial={serial.value} locations={page.locations} choice={choice} />
        ) : (
          <p class="muted">Choose the part first.</p>
        )}
      </Step>
      <footer class="send">
        <Trouble error={trouble.value} />
        <button class="button button--primary send__button" disabled={busy.value || missing !== null} data-testid="send">
          {busy.value ? "Sending\u2026" : "Announce the return"}
        </button>
        {missing && <p class="muted send__hint">{missing}</p>}
      </footer>
    </form>
  );
}

function missingOf(part: CustomerPart | undefined, kind: string, words: string, photos: Photo[]): string | null {
  if (!part) return "Choose the part that comes back.";
  if (!kind && !words.trim()) return "Say what is wrong with it.";
  if (photos.some(({ state }) => state === "uploading")) return "The photos are being uploaded.";
  return null;
}

interface StepProps {
  number: number;
  title: string;
  aside?: string;
  children: preact.ComponentChildren;
}

function Step({ number, title, aside, children }: StepProps): JSX.Element {
  return (
    <section class="card step-card">
      <h2>
        <span class="step-card__number" aria-hidden="true">
          {number}
        </span>
        {title}
        {aside && <span class="step-card__aside">{aside}</span>}
      </h2>
      {children}
    </section>
  );
}

interface PartsProps {
  parts: CustomerPart[];
  chosen: string;
  onChoose(partNumber: string): void;
}

function Parts({ parts, chosen, onChoose }: PartsProps): JSX.Element {
  return (
    <div class="options" role="radiogroup" aria-label="Part">
      {parts.map((part) => (
        <label key={part.part_number} class={`option ${chosen === part.part_number ? "option--on" : ""}`}>
          <input
            type="radio"
            name="part"
            checked={chosen === part.part_number}
            data-testid="part"
            value={part.part_number}
            onChange={() => onChoose(part.part_number)}
          />
          <span class="option__text">
            <strong>{part.name}</strong>
            <span class="muted">{part.part_number}</span>
          </span>
        </label>
      ))}
    </div>
  );
}

function Nothing({ page }: { page: CustomerReturnPage }): JSX.Element {
  return (
    <section class="card closed" data-testid="nothing-to-return">
      <h1>Nothing to return</h1>
      <p>We have no record of a part that was delivered to {page.site_name}.</p>
      <p class="muted">Ask the service desk: it can announce a return for you.</p>
    </section>
  );
}
