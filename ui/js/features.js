// What can be done with the panes, in the order in which it was added to the page.
import { RankTable } from "./agreement.js";
import { Annotations } from "./annotations.js";
import { Arrange } from "./arrange.js";
import { Comparison } from "./comparison.js";
import { Computing } from "./device/computing.js";
import { CrossHair } from "./crosshair.js";
import { Exports } from "./exporting.js";
import { FilmRoom } from "./film/room.js";
import { Ruler } from "./film/ruler.js";
import { Gaze } from "./gaze.js";
import { Hands } from "./hands.js";
import { Laying } from "./laying.js";
import { Layout } from "./layout.js";
import { Lesson } from "./lesson.js";
import { Neighbours } from "./neighbours.js";
import { OneMap } from "./one_map.js";
import { NearestPatches } from "./patches/nearest.js";
import { ParameterPanels } from "./parameters.js";
import { Patches } from "./patches.js";
import { Prices } from "./prices.js";
import { Readers } from "./readers.js";
import { HumanBenchmark } from "./references.js";
import { Regions } from "./regions.js";
import { Solo } from "./solo.js";
import { SecondRead } from "./second_read.js";
import { Statement } from "./statement.js";
import { ModeButtons } from "./toolbar.js";
import { Visit } from "./visit/visit.js";
import { WindowLevel } from "./window.js";
import { Zoom } from "./zoom.js";

/**
 * @import { Viewer } from "../viewer.js"
 * @import { Feature, Question } from "./types.d.ts"
 */

/**
 * What can be done with the panes besides looking, one class a file: `new Feature(viewer)`. The viewer calls, where
 * the feature has them: `onPane(pane)` for each pane that is put on show, before anything is drawn in it, `onLayout()`
 * when the panes on show are others or in another order, `onCase(content, arrays)` when another case is shown,
 * `onContent(content, arrays)` when anything of it is new, `onFinding(index)` when another finding is chosen,
 * `onAnswer(answer)` for what the server says besides, `onUpload(file)` when a radiograph is sent, `onRefusal(file,
 * words)` when it could not be, `onGlance(glance)` for a first look at one, `onClose()` when nothing is open any more,
 * `onFrame()` in each frame that is drawn (each `pane.level` is where it was cut), `onPatches()` when other patches
 * are off, `onState()` for what a link or a saved session should remember of it (a JSON value) and `restore(state)`,
 * `onView(view)` after a zoom or in another layout, `onTiles()` when more of the film came, `onTap(point, pane)` in
 * the mode "Move". Buttons go into `viewer.tools` (js/toolbar.js), keys into `viewer.keys` (js/keys.js), the tools of
 * a mode into `viewer.controls.strips`, panels below the panes into `viewer.below`. Pointer modes get their button and
 * key by themselves. After all of them comes the link (js/link.js).
 * A class that is nothing without the answer to one question names it as `asks`, and is left out where nobody answers.
 * @type {((new (viewer: Viewer) => Feature) & { asks?: Question })[]}
 */
export const FEATURES = [
  ModeButtons,
  Zoom,
  WindowLevel,
  FilmRoom,
  Ruler,
  Arrange,
  Laying,
  Layout,
  Solo,
  Hands,
  CrossHair,
  HumanBenchmark,
  Readers,
  Comparison,
  RankTable,
  OneMap,
  Patches,
  NearestPatches,
  Exports,
  Annotations,
  Gaze,
  SecondRead,
  Statement,
  Visit,
  Computing,
  Neighbours,
  ParameterPanels,
  Regions,
  Lesson,
  Prices,
];
