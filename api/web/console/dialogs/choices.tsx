// A few ways to choose from, each with a word on what it means.
import type { JSX } from "preact";

export type Choice<Value extends string> = [value: Value, label: string, detail: string];

interface Props<Value extends string> {
  legend: string;
  name: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChoose(value: Value): void;
  testId: string;
}

export function Choices<Value extends string>({ legend, name, choices, value, onChoose, testId }: Props<Value>): JSX.Element {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {choices.map(([each, label, detail]) => (
        <label key={each} class="choice">
          <input
            type="radio"
            name={name}
            checked={each === value}
            data-testid={`${testId}-${each}`}
            onChange={() => onChoose(each)}
          />
          <span>
            <strong>{label}</strong>
            <small>{detail}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
