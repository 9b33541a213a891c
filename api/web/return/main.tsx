// Starts the page of a return link.
import { render } from "preact";
import "../shared/font.css";
import "../shared/tokens.css";
import "../shared/base.css";
import "./return.css";
import { App } from "./app";

const root = document.querySelector("#app");
if (!root) throw new Error("The page has no #app element.");
render(<App />, root);
