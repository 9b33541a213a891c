// Starts the driver page and its service worker.
import { render } from "preact";
import "../shared/font.css";
import "../shared/tokens.css";
import "../shared/base.css";
import "./driver.css";
import "./flow.css";
import { App } from "./app";

const root = document.querySelector("#app");
if (!root) throw new Error("The page has no #app element.");
render(<App />, root);

if ("serviceWorker" in navigator && import.meta.env.PROD) {
  navigator.serviceWorker.register("/driver-sw.js", { scope: "/driver" }).catch((error: unknown) => {
    console.warn("The page will not open without a connection.", error);
  });
}
