/** Everything a page needs is started here, before htmx runs, so that no frame of the socket is missed. */
import * as chart from "./chart.js";
import * as command from "./command.js";
import * as copy from "./copy.js";
import "./countdown.js";
import * as grid from "./grid.js";
import * as gridRows from "./grid_rows.js";
import * as keep from "./keep.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as pages from "./pages.js";
import * as pane from "./pane.js";
import * as steady from "./steady.js";
import * as upload from "./upload.js";
import { heard } from "./clock.js";

heard(Number(document.body.dataset.now || NaN));
live.start();
command.start();
keys.start();
keep.begin();
steady.start();
copy.start();
chart.start();
grid.start();
gridRows.start();
pane.start();
upload.start();
pages.start();
