// Starts the console.
import { render } from "preact";
import "maplibre-gl/dist/maplibre-gl.css";
import "../shared/font.css";
import "../shared/tokens.css";
import "../shared/base.css";
import "./styles/layout.css";
import "./styles/lists.css";
import "./styles/map.css";
import "./styles/drawer.css";
import "./styles/devices.css";
import "./styles/bench.css";
import { App } from "./app";

const root = document.querySelector("#app");
if (!root) throw new Error("The page has no #app element.");
render(<App />, root);
