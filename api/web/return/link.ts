// What the link opens, as the server tells it; the link's token goes along in a header, never in an address.
import { signal } from "@preact/signals";
import type {
  ChosenWay,
  CustomerReturnPage,
  CustomerSubmission,
  PhotoView,
  SerialView,
  Shipment,
} from "../shared/contract";
import { fetchDocument, sendJson } from "../shared/wire";

const TOKEN = location.pathname.split("/").at(-1) ?? "";
const PATH = "/v1/customer-return";
const PHOTO_TIMEOUT_MS = 120_000;

export const page = signal<CustomerReturnPage | null>(null);
export const failure = signal<unknown>(null);

/** Reads the page anew; what is shown already stays when that fails. */
export async function load(): Promise<void> {
  try {
    page.value = await sendJson<CustomerReturnPage>("GET", PATH, { token: TOKEN });
    failure.value = null;
  } catch (error) {
    failure.value = error;
  }
}

export async function submit(body: CustomerSubmission): Promise<void> {
  page.value = await sendJson<CustomerReturnPage>("POST", PATH, { token: TOKEN, body });
}

export async function chooseWay(body: ChosenWay): Promise<void> {
  page.value = await sendJson<CustomerReturnPage>("POST", `${PATH}/way`, { token: TOKEN, body });
}

export async function ship(body: Shipment): Promise<void> {
  page.value = await sendJson<CustomerReturnPage>("POST", `${PATH}/shipment`, { token: TOKEN, body });
}

export function checkSerial(partNumber: string, serial: string): Promise<SerialView> {
  const query = new URLSearchParams({ part_number: partNumber, serial });
  return sendJson<SerialView>("GET", `${PATH}/serial?${query}`, { token: TOKEN });
}

export function upload(file: Blob): Promise<PhotoView> {
  const ending = AbortSignal.timeout(PHOTO_TIMEOUT_MS);
  return sendJson<PhotoView>("POST", `${PATH}/photos`, { token: TOKEN, file, signal: ending });
}

export function label(): Promise<Blob> {
  return fetchDocument(`${PATH}/label.pdf?size=a6`, TOKEN);
}
