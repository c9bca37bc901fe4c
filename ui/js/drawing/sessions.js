// Saving and opening sessions in the page: which case is meant, and what waits until it is open.
import { Annotation } from "./annotation.js";
import { download, fingerprint, knownSettings, makeSession, readSession, sameFile } from "./session.js";

const megabytes = (size) => `${(size / 1e6).toFixed(1)} MB`;

export class SavedSessions {
  constructor(viewer, annotations) {
    Object.assign(this, { viewer, annotations, files: new Map(), coming: null, waiting: null });
  }

  /** The name under which a case's drawings are kept: an upload that is opened again is the same case. */
  identity(item) {
    if (item.id) return item.id;
    const file = this.files.get(item.key);
    return file?.sha256 ?? item.key;
  }

  /** An upload is being read: what tells it from others is counted here, in the browser. */
  onUpload(file) {
    this.coming = fingerprint(file);
  }

  async onContent() {
    const { case: item } = this.viewer.content;
    if (!item.id && !this.files.has(item.key) && this.coming) {
      const coming = await this.coming;
      if (!this.files.has(item.key)) this.move(item, coming);
    }
    this.tryWaiting();
  }

  /** Keep what was drawn before the file's fingerprint was known. */
  move(item, file) {
    const { cases } = this.annotations;
    const drawn = cases.get(item.key) ?? [];
    this.files.set(item.key, file);
    const key = this.identity(item);
    if (key !== item.key) {
      cases.delete(item.key);
      cases.set(key, [...(cases.get(key) ?? []), ...drawn]);
    }
    this.annotations.changed();
  }

  save() {
    const { viewer, annotations } = this;
    const { case: item } = viewer.content;
    if (!item) return;
    const features = Object.fromEntries(
      viewer.features
        .filter((feature) => feature.onState && feature.restore && feature.key !== "patches")
        .map((feature) => [nameOf(feature), feature.onState()]),
    );
    const session = makeSession({
      case: item.id
        ? { id: item.id }
        : { upload: this.files.get(item.key) ?? { name: item.title, size: 0, sha256: null } },
      finding: annotations.finding,
      settings: { ...viewer.settings },
      features,
      annotations: annotations.list.map((annotation) => annotation.toJson()),
      switched_off: this.patches?.onState() ?? [],
    });
    const url = URL.createObjectURL(new Blob([JSON.stringify(session)], { type: "application/json" }));
    download(`${item.title.replace(/[^\w.-]+/g, "-")}-session.json`, url);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    annotations.keepSaved();
  }

  get patches() {
    return this.viewer.features.find((feature) => feature.key === "patches");
  }

  /** Open a saved session; a wrong one is answered with one sentence, and nothing else changes. */
  async open(file) {
    const { viewer } = this;
    try {
      this.waiting = readSession(await file.text(), file.name, viewer.config.findings);
    } catch (error) {
      viewer.header.showError(error.message);
      return;
    }
    const { case: item } = this.waiting;
    if (this.fits(viewer.content.case)) this.tryWaiting();
    else if (item.id) viewer.open(item.id);
    else {
      const { name, size, sha256 } = item.upload;
      this.annotations.say([
        `This session speaks of the radiograph ${name} (${megabytes(size)}${sha256 ? `, SHA-256 ${sha256.slice(0, 12)}…` : ""}); open it, and the session goes on.`,
      ]);
    }
  }

  fits(item) {
    const wanted = this.waiting?.case;
    if (!item || !wanted) return false;
    if (wanted.id) return item.id === wanted.id;
    const file = this.files.get(item.key);
    return Boolean(file) && sameFile(file, wanted.upload);
  }

  tryWaiting() {
    const { viewer, waiting } = this;
    if (!this.fits(viewer.content.case)) return;
    this.waiting = null;
    this.restore(waiting);
  }

  restore({ finding, settings, features, annotations, switched_off: off }) {
    const { viewer } = this;
    Object.assign(viewer.settings, knownSettings(viewer.settings, settings));
    viewer.showSettings();
    for (const feature of viewer.features)
      if (feature.restore && features && Object.hasOwn(features, nameOf(feature)))
        feature.restore(features[nameOf(feature)]);
    const drawn = annotations.map(({ name, finding: of, shapes }) => new Annotation(name, of, shapes));
    const { list } = this.annotations;
    const known = new Set(list.map((annotation) => JSON.stringify(annotation.toJson())));
    list.push(...drawn.filter((annotation) => !known.has(JSON.stringify(annotation.toJson()))));
    this.patches?.restore(off);
    const index = viewer.config.findings.indexOf(finding);
    if (index >= 0) viewer.choose(index);
    viewer.redraw();
    this.annotations.changed();
  }
}

function nameOf(feature) {
  return feature.key ?? feature.constructor.name;
}
