// Photos of the part: each is uploaded as soon as it is taken, and shown with how far that is.
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { Icon } from "../shared/icons";
import { explained } from "../shared/toasts";
import { ApiError } from "../shared/wire";
import { upload } from "./link";

export interface Photo {
  key: number;
  address: string;
  state: "uploading" | "kept" | "failed";
  sha256: string | null;
  cause: string;
}

const TYPES = ["image/jpeg", "image/png", "image/webp"];
let nextKey = 1;

interface Props {
  photos: Signal<Photo[]>;
  most: number;
  maxBytes: number;
}

export function Photos({ photos, most, maxBytes }: Props): JSX.Element {
  function change(key: number, changes: Partial<Photo>): void {
    photos.value = photos.value.map((photo) => (photo.key === key ? { ...photo, ...changes } : photo));
  }

  async function add(file: File): Promise<void> {
    const photo: Photo = { key: nextKey, address: URL.createObjectURL(file), state: "uploading", sha256: null, cause: "" };
    nextKey += 1;
    photos.value = [...photos.value, photo];
    const cause = refusal(file, maxBytes);
    if (cause) return change(photo.key, { state: "failed", cause });
    try {
      const { sha256 } = await upload(file);
      change(photo.key, { state: "kept", sha256 });
    } catch (error) {
      change(photo.key, { state: "failed", cause: causeOf(error, file) });
    }
  }

  function drop(photo: Photo): void {
    URL.revokeObjectURL(photo.address);
    photos.value = photos.value.filter(({ key }) => key !== photo.key);
  }

  const failed = photos.value.filter(({ state }) => state === "failed");
  return (
    <div class="photos">
      <ul>
        {photos.value.map((photo) => (
          <li key={photo.key} class={`photo photo--${photo.state}`} data-testid="photo" data-state={photo.state}>
            {photo.state === "failed" ? (
              <Icon name="alert" size={26} />
            ) : (
              <img src={photo.address} alt="The part, as you sent it" />
            )}
            <button type="button" class="photo__drop" aria-label="Leave this photo out" onClick={() => drop(photo)}>
              <Icon name="close" size={14} />
            </button>
          </li>
        ))}
        {photos.value.length < most && (
          <li>
            <label class="photo photo--add">
              <Icon name="camera" size={26} />
              <span>Add photo</span>
              <input
                class="visually-hidden"
                type="file"
                multiple
                accept={TYPES.join(",")}
                data-testid="photo-input"
                onChange={(event) => {
                  const room = most - photos.value.length;
                  for (const file of [...(event.currentTarget.files ?? [])].slice(0, room)) void add(file);
                  event.currentTarget.value = "";
                }}
              />
            </label>
          </li>
        )}
      </ul>
      {failed.map((photo) => (
        <p key={photo.key} class="note note--bad" data-testid="photo-trouble">
          <Icon name="alert" size={18} />
          <span>{photo.cause}</span>
        </p>
      ))}
      <p class="muted">
        The damage, and the plate with the serial. Up to {most}, JPEG, PNG or WebP, {Math.round(maxBytes / 1_048_576)} MB
        each.
      </p>
    </div>
  );
}

function causeOf(error: unknown, file: File): string {
  const isNone = error instanceof ApiError && error.problem?.code === "photo_refused";
  return isNone ? noPhoto(file) : `${file.name}: ${explained(error).text}`;
}

function noPhoto({ name }: File): string {
  return `${name} is no JPEG, PNG or WebP.`;
}

function refusal(file: File, maxBytes: number): string | null {
  if (!TYPES.includes(file.type)) return noPhoto(file);
  const megabytes = (file.size / 1_048_576).toFixed(1);
  return file.size > maxBytes ? `${file.name} has ${megabytes} MB: that is too large. Send a smaller one.` : null;
}
