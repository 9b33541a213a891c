// How the part comes: the four ways as big choices, with the place for those that need one.
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { CustomerPart, CustomerPlace, ReturnWay } from "../shared/contract";
import { Icon } from "../shared/icons";
import { distance, WAYS } from "./words";

export interface Choice {
  way: ReturnWay;
  placeId: string | null;
}

/** The way with the place that is chosen for it: the nearest, unless another was. */
export function chosenWay(choice: Choice, part: CustomerPart, serial: string, locations: CustomerPlace[]): Choice {
  const places = placesFor(choice.way, part, locations);
  if (whyNot(choice.way, part, serial, locations)) return { way: "courier", placeId: null };
  const named = places.find(({ place_id }) => place_id === choice.placeId) ?? places[0];
  return { way: choice.way, placeId: named?.place_id ?? null };
}

interface Props {
  part: CustomerPart;
  serial: string;
  locations: CustomerPlace[];
  choice: Signal<Choice>;
}

export function WayPicker({ part, serial, locations, choice }: Props): JSX.Element {
  const chosen = chosenWay(choice.value, part, serial, locations);
  return (
    <div class="options" role="radiogroup" aria-label="How it comes">
      {(Object.keys(WAYS) as ReturnWay[]).map((way) => {
        const cause = whyNot(way, part, serial, locations);
        const isOn = chosen.way === way;
        return (
          <div key={way} class={`option option--way ${isOn ? "option--on" : ""} ${cause ? "option--off" : ""}`}>
            <label>
              <input
                type="radio"
                name="way"
                checked={isOn}
                disabled={cause !== null}
                data-testid={`way-${way}`}
                onChange={() => (choice.value = { way, placeId: null })}
              />
              <span class="option__icon">
                <Icon name={WAYS[way].icon} size={22} />
              </span>
              <span class="option__text">
                <strong>{WAYS[way].title}</strong>
                <span class="muted">{cause ?? WAYS[way].text}</span>
              </span>
            </label>
            {isOn && (
              <Places
                places={placesFor(way, part, locations)}
                chosen={chosen.placeId}
                onChoose={(placeId) => (choice.value = { way, placeId })}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

interface PlacesProps {
  places: CustomerPlace[];
  chosen: string | null;
  onChoose(placeId: string): void;
}

function Places({ places, chosen, onChoose }: PlacesProps): JSX.Element | null {
  if (places.length === 0) return null;
  return (
    <div class="places" role="radiogroup" aria-label="Place">
      {places.map((place) => (
        <label key={place.place_id} class={chosen === place.place_id ? "place place--on" : "place"}>
          <input
            type="radio"
            name="place"
            checked={chosen === place.place_id}
            data-testid="place"
            value={place.place_id}
            onChange={() => onChoose(place.place_id)}
          />
          <span class="option__text">
            <strong>{place.name}</strong>
            <span class="muted">{[place.address, place.opening_hours].filter(Boolean).join(" \u00b7 ")}</span>
          </span>
          <span class="muted number">{distance(place)}</span>
        </label>
      ))}
    </div>
  );
}

function placesFor(way: ReturnWay, part: CustomerPart, locations: CustomerPlace[]): CustomerPlace[] {
  if (way === "locker") return part.lockers;
  return way === "location" ? locations : [];
}

function whyNot(way: ReturnWay, part: CustomerPart, serial: string, locations: CustomerPlace[]): string | null {
  if (way === "location" && locations.length === 0) return "None of our locations takes parts in.";
  if (way !== "locker") return null;
  if (!part.serialised) return "Not for parts without a serial number.";
  if (part.lockers.length === 0) return "No locker near you has a free compartment.";
  return serial.trim() ? null : "Needs the serial number of the part.";
}
