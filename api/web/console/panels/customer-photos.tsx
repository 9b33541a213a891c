// The photos that a customer sent with a return.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { getDocument } from "../../shared/api";
import { toastError } from "../../shared/toasts";

export function CustomerPhotos({ photos }: { photos: string[] }): JSX.Element {
  const addresses = useSignal<string[]>([]);
  const names = photos.join();
  useEffect(() => {
    let made: string[] = [];
    let isOver = false;
    Promise.all(photos.map((sha256) => getDocument(`/v1/photos/${sha256}`))).then((files) => {
      if (isOver) return;
      made = files.map((file) => URL.createObjectURL(file));
      addresses.value = made;
    }, toastError);
    return () => {
      isOver = true;
      made.forEach((address) => URL.revokeObjectURL(address));
    };
  }, [names]);
  return (
    <ul class="customer-photos" data-testid="customer-photos">
      {addresses.value.map((address) => (
        <li key={address}>
          <a href={address} target="_blank" rel="noreferrer">
            <img src={address} alt="From the customer" />
          </a>
        </li>
      ))}
    </ul>
  );
}
