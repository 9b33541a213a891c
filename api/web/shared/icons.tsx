// The line icons of both pages, drawn on a 24 x 24 grid.
import type { JSX } from "preact";

const PATHS = {
  alert: "M12 9v4m0 3.5v.5M10.3 4.2 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z",
  arrowRight: "M5 12h14m-6-6 6 6-6 6",
  battery: "M3 8h15v8H3zM21 11v2M6 11v2M9 11v2",
  bolt: "M13 2.5 5 13.5h6l-1 8 8-11h-6l1-8Z",
  box: "M21 8 12 3 3 8v8l9 5 9-5V8ZM3 8l9 5 9-5M12 13v8",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z",
  check: "M4.5 12.5 10 18 19.5 7",
  chevronDown: "m6 9 6 6 6-6",
  chevronRight: "m9 6 6 6-6 6",
  close: "M6 6l12 12M18 6 6 18",
  cloudOff: "M3 3l18 18M8 6.5A6 6 0 0 1 18 10a4 4 0 0 1 2.5 6.8M6.2 9.5A4.5 4.5 0 0 0 7 18.5h10",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  door: "M6 21V4l9-1.5V21M15 5h3v16M4 21h16M12 12v1",
  hand: "M12 21c-4 0-5-3-7.5-7.5-.7-1.4 1-2.4 2-1.2L8.5 15V6a1.5 1.5 0 0 1 3 0v5V4a1.5 1.5 0 0 1 3 0v7-5a1.5 1.5 0 0 1 3 0v8c0 4-2 7-5.5 7Z",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 7.5v.5",
  key: "M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM11 12l9-9M16 7l3 3",
  layers: "m12 3 9 5-9 5-9-5 9-5ZM3 12.5l9 5 9-5M3 17l9 5 9-5",
  list: "M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01",
  map: "m3 6 6-2 6 2 6-2v14l-6 2-6-2-6 2V6ZM9 4v14M15 6v14",
  mobile: "M5 19v-3M10 19v-7M15 19V8M20 19V4",
  navigate: "M12 3 5 20l7-4 7 4L12 3Z",
  phone: "M8 2.5h8a1.5 1.5 0 0 1 1.5 1.5v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5ZM11 18.5h2",
  pause: "M8 5v14M16 5v14",
  pin: "M12 21.5s7-6.2 7-11.5a7 7 0 1 0-14 0c0 5.3 7 11.5 7 11.5ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  plus: "M12 5v14M5 12h14",
  pulse: "M3 12h4l2.5-7 5 14 2.5-7h4",
  refresh: "M20 11a8 8 0 0 0-14.5-4L3 9.5M3 4v5.5h5.5M4 13a8 8 0 0 0 14.5 4l2.5-2.5M21 20v-5.5h-5.5",
  returned: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l5 5",
  signOut: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
  thermometer: "M12 3a2 2 0 0 0-2 2v9a4 4 0 1 0 4 0V5a2 2 0 0 0-2-2ZM12 9v8.5",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5",
  truck: "M2 6h12v10H2zM14 10h4l4 3.5V16h-8M6.5 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM17.5 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  wifi: "M3 9.5a13 13 0 0 1 18 0M6.2 13a8.5 8.5 0 0 1 11.6 0M9.3 16.3a4 4 0 0 1 5.4 0M12 19.5h.01",
  wrench: "M20.5 7.5a5 5 0 0 1-6.6 5.6l-7.4 7.4a2.1 2.1 0 0 1-3-3l7.4-7.4a5 5 0 0 1 5.6-6.6l-2.7 2.7.6 3.4 3.4.6 2.7-2.7Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
