// Saving and opening sessions in the page: which case is meant, and what waits until it is open.
import { byKey, isObject, wordsOf } from "../dom.js";
import { brought } from "../files/brought.js";
import { fileOf } from "../files/names.js";
import { Annotation } from "./annotation.js";
import { download, fingerprint, knownSettings, makeSession, readSession, sameFile } from "./session.js";

/**
 * @import { Viewer } from "../../viewer.js"
 * @import { Annotations } from "../annotations.js"
 * @import { BroughtFile } from "../files/brought.js"
 * @import { CaseFacts } from "../messages.d.ts"
 * @import { Fingerprint, SavedSession } from "../types.d.ts"
 */

/** @param {number} size */
const megabytes = (size) => `${(size / 1e6).toFixed(1)} MB`;

export class SavedSessions {
  /** @type {Map<string, Fingerprint>} */
  files = new Map(); // of uploads, by the case's key
  /** @type {Promise<Fingerprint> | null} */
  coming = null; // of the upload that is being read
  /** @type {SavedSession | null} */
  waiting = null; // until its case is open

  /**
   * @param {Viewer} viewer
   * @param {Annotations} annotations
   */
  constructor(viewer, annotations) {
    this.viewer = viewer;
    this.annotations = annotations;
  }

  /**
   * The name under which a case's drawings are kept: an upload that is opened again is the same case.
   * @param {CaseFacts} item
   * @returns {string}
   */
  identity(item) {
    if (item.id) return item.id;
    const file = this.files.get(item.key);
    return file?.sha256 ?? item.key;
  }

  /**
   * An upload is being read: what tells it from others is counted here, in the browser.
   * @param {BroughtFile} file
   */
  onUpload({ own, name }) {
    this.coming = fingerprint(own, name);
  }

  async onContent() {
    const { case: item } = this.viewer.opened;
    if (!item.id && !this.files.has(item.key) && this.coming) {
      const coming = await this.coming;
      if (!this.files.has(item.key)) this.move(item, coming);
    }
    this.tryWaiting();
  }

  /**
   * Keep what was drawn before the file's fingerprint was known.
   * @param {CaseFacts} item
   * @param {Fingerprint} file
   */
  move(item, file) {
    const { cases } = this.annotations;
    const drawn = cases.get(item.key) ?? [];
    this.files.set(item.key, file);
    const key = this.identity(item);
    if (key !== item.key) {
      cases.delete(item.key);
      cases.set(key, [...(cases.get(key) ?? []), ...drawn]);
      this.viewer.feature("reading").rename(item.key, key);
    }
    this.annotations.changed();
  }

  save() {
    const { viewer, annotations } = this;
    const { case: item } = viewer.content;
    if (!item) return;
    const kept = viewer.features.filter(({ onState, restore, key }) => onState && restore && key !== "patches");
    const features = byKey(kept, (feature) => feature.onState?.());
    const session = makeSession({
      case: item.id
        ? { id: item.id }
        : { upload: this.files.get(item.key) ?? { name: item.title, size: 0, sha256: null } },
      assessments: viewer.opened.assessments,
      finding: annotations.finding,
      settings: { ...viewer.settings },
      features,
      annotations: annotations.list.map((annotation) => annotation.toJson()),
      switched_off: viewer.feature("patches").onState(),
    });
    const url = URL.createObjectURL(new Blob([JSON.stringify(session)], { type: "application/json" }));
    download(fileOf(item, "session.json"), url);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    annotations.keepSaved();
  }

  /**
   * Open a saved session; a wrong one is answered with one sentence, and nothing else changes.
   * @param {File} file
   */
  async open(file) {
    const { viewer } = this;
    try {
      const session = readSession(await file.text(), "The file", viewer.config.findings);
      const { features } = session;
      if (isObject(features)) viewer.feature("reading").restore(features.reading); // hides, before the case is open
      this.waiting = session;
    } catch (error) {
      viewer.header.showError(wordsOf(error));
      return;
    }
    const { case: item } = this.waiting;
    if (this.fits(viewer.content.case)) this.tryWaiting();
    else if (item.id !== undefined) viewer.open(item.id);
    else this.askFor(item.upload);
  }

  /** @param {Fingerprint} file whose case the session is about */
  askFor({ size, sha256 }) {
    const print = sha256 ? `, SHA-256 ${sha256.slice(0, 12)}…` : "";
    const said = `This session belongs to a radiograph that was uploaded (${megabytes(size)}${print})`;
    this.annotations.say([`${said}: open that file, and the session goes on.`]);
  }

  /**
   * @param {CaseFacts | undefined} item
   * @returns {boolean}
   */
  fits(item) {
    const wanted = this.waiting?.case;
    if (!item || !wanted) return false;
    if (wanted.id !== undefined) return item.id === wanted.id;
    const file = this.files.get(item.key);
    const name = brought.find(item.title)?.own.name ?? "";
    return file !== undefined && sameFile({ ...file, name }, wanted.upload);
  }

  tryWaiting() {
    const { viewer, waiting } = this;
    if (!waiting || !this.fits(viewer.content.case)) return;
    this.waiting = null;
    this.restore(waiting);
  }

  /** @param {SavedSession} session */
  restore({ finding, settings, features, annotations, switched_off: off }) {
    const { viewer } = this;
    Object.assign(viewer.settings, knownSettings(viewer.settings, settings));
    viewer.showSettings();
    for (const feature of viewer.features) {
      const { key = "" } = feature;
      if (isObject(features) && Object.hasOwn(features, key)) feature.restore?.(features[key]);
    }
    const drawn = annotations.map(({ name, finding: of, shapes }) => new Annotation(name, of, shapes));
    const { list } = this.annotations;
    const known = new Set(list.map((annotation) => JSON.stringify(annotation.toJson())));
    list.push(...drawn.filter((annotation) => !known.has(JSON.stringify(annotation.toJson()))));
    viewer.feature("patches").restore(off);
    const index = viewer.config.findings.indexOf(String(finding));
    if (index >= 0) viewer.choose(index);
    viewer.redraw();
    this.annotations.changed();
  }
}
