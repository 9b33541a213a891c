// How a phone becomes a tracker: choose the app, read the code, three steps; or everything by hand.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { DeviceSecretView, OnboardingLink } from "../../shared/contract";
import { CopyField } from "../parts/copy-field";
import { APP_NAMES, byHand, STEPS, svgAddress } from "../state/devices";

const LOOPBACK = /:\/\/(127\.|localhost|\[::1\])/;

export function PhoneSetup({ given, secret }: { given: DeviceSecretView; secret: string }): JSX.Element {
  const links = given.onboarding?.links ?? [];
  const app = useSignal(links[0]?.app ?? null);
  const chosen = links.find((link) => link.app === app.value);
  return (
    <>
      <div class="apps" role="radiogroup" aria-label="App">
        {links.map((link) => (
          <AppChoice key={link.app} link={link} chosen={link === chosen} onChoose={() => (app.value = link.app)} />
        ))}
      </div>
      {chosen && <Code link={chosen} />}
      {chosen && <ByHand values={byHand(chosen, given, secret)} />}
      {LOOPBACK.test(given.mqtt_url) && (
        <p class="notice notice--warn" data-testid="loopback">
          <strong>These addresses lead to this machine alone</strong>
          <span>
            For real phones, start the server with FIELDSTOCK_PUBLIC_URL and FIELDSTOCK_PUBLIC_MQTT_URL set to the
            addresses that phones see.
          </span>
        </p>
      )}
    </>
  );
}

function AppChoice({ link, chosen, onChoose }: { link: OnboardingLink; chosen: boolean; onChoose(): void }): JSX.Element {
  const [name, way] = APP_NAMES[link.app];
  return (
    <label class="app-choice">
      <input type="radio" name="app" checked={chosen} data-testid={`app-${link.app}`} onChange={onChoose} />
      <strong>{name}</strong>
      <span>{way}</span>
    </label>
  );
}

function Code({ link }: { link: OnboardingLink }): JSX.Element {
  return (
    <>
      <div class="onboard">
        <img
          key={link.app}
          class="onboard__code"
          src={svgAddress(link.qr_svg)}
          alt={`QR code that sets up ${link.title}`}
          width={232}
          height={232}
          data-testid="device-qr"
          data-app={link.app}
        />
        <ol class="steps">
          {STEPS[link.app].map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </div>
      <CopyField label="The same as a link, to be opened on the phone" value={link.link} testId="device-link" />
    </>
  );
}

function ByHand({ values }: { values: [string, string, string][] }): JSX.Element {
  return (
    <details class="by-hand">
      <summary data-testid="by-hand">Or enter it by hand</summary>
      <div>
        {values.map(([label, value, testId]) => (
          <CopyField key={testId} label={label} value={value} testId={testId} />
        ))}
      </div>
    </details>
  );
}
