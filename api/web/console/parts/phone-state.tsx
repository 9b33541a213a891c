// One thing that a phone says of itself: a small icon and words.
import type { JSX } from "preact";
import { Icon } from "../../shared/icons";
import type { PhoneFact } from "../state/phone";

export function PhoneState({ fact }: { fact: PhoneFact }): JSX.Element {
  return (
    <span class={fact.warns ? "phone-state phone-state--warn" : "phone-state"}>
      {fact.icon && <Icon name={fact.icon} size={15} />}
      {fact.words}
    </span>
  );
}
