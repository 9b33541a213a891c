// The camera as a barcode reader (BarcodeDetector), where the browser has one.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../shared/icons";

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

declare global {
  var BarcodeDetector: { new (): Detector } | undefined;
}

const DETECT_MS = 200;

export const canScan = globalThis.BarcodeDetector !== undefined && "mediaDevices" in navigator;

export function Camera({ onCode }: { onCode(code: string): void }): JSX.Element | null {
  const running = useSignal(false);
  const failure = useSignal<string | null>(null);
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    if (!running.value || !video.current) return undefined;
    return readCodes(video.current, onCode, () => {
      running.value = false;
      failure.value = "The camera cannot be used. Type the serial instead.";
    });
  }, [running.value]);

  if (failure.value) return <p class="sheet__hint">{failure.value}</p>;
  if (!running.value) {
    return (
      <button type="button" class="big big--plain" onClick={() => (running.value = true)}>
        <Icon name="camera" size={24} />
        Use the camera
      </button>
    );
  }
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label="Camera" />
      <span class="camera__frame" aria-hidden="true" />
    </div>
  );
}

/** Runs until the returned function is called; each code that is seen anew is reported once. */
function readCodes(video: HTMLVideoElement, onCode: (code: string) => void, onFailure: () => void): () => void {
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let last = "";

  async function start(): Promise<void> {
    if (!globalThis.BarcodeDetector) throw new Error("This browser reads no barcodes.");
    const detector = new globalThis.BarcodeDetector();
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    if (stopped) return halt();
    video.srcObject = stream;
    await video.play();
    const look = async (): Promise<void> => {
      const [code] = await detector.detect(video);
      if (stopped) return;
      if (code && code.rawValue !== last) {
        last = code.rawValue;
        navigator.vibrate?.(40);
        onCode(code.rawValue);
      }
      timer = setTimeout(() => void look().catch(onFailure), DETECT_MS);
    };
    await look();
  }

  function halt(): void {
    stopped = true;
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
  }

  start().catch((error: unknown) => {
    console.warn("The camera failed.", error);
    onFailure();
  });
  return halt;
}
