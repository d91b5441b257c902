#!/usr/bin/env python3
"""Looks at reports in a real browser, headless Chromium, as a reader would: on a phone and on a desktop, in light and in
dark, and on paper. Asks of each page that nothing sticks out to the side, that all text can be read (contrast of WCAG
2.1, 1.4.3: 4.5 to 1) and has a size, that every picture has a title and a description, that headings skip no level, and
that the page asked for nothing from anywhere.

    browser.py PROGRAM FOLDER      writes the screenshots to FOLDER

Ends with 77 where there is no Chromium (Debian package chromium): the test is then skipped.
"""
import base64
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import made_study

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}

MEASURE = r"""
(() => {
  const wrong = [], number = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
  const opaque = colour => { const n = number(colour); return n.length === 3 || n[3] === 1; };
  // What a piece of text stands on: the last shape drawn below it in a picture, else the nearest background.
  const ground = node => {
    const svg = node.closest('svg');
    if (svg) {
      const box = node.getBoundingClientRect(), x = box.left + Math.min(4, box.width / 2), y = box.top + box.height / 2;
      let found = null;
      for (const shape of svg.querySelectorAll('rect')) {
        const s = shape.getBoundingClientRect();
        if (s.left <= x && x <= s.right && s.top <= y && y <= s.bottom && getComputedStyle(shape).fill !== 'none' &&
            (shape.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)) found = shape;
      }
      return found ? getComputedStyle(found).fill : 'rgb(255, 0, 255)';
    }
    for (let at = node; at; at = at.parentElement)
      if (opaque(getComputedStyle(at).backgroundColor)) return getComputedStyle(at).backgroundColor;
    return 'rgb(255, 255, 255)';
  };
  let texts = 0, lowest = 99;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !parent.getClientRects().length || parent.closest('title, desc, style')) continue;
    const style = getComputedStyle(parent), ratio = contrast(number(parent.closest('svg') ? style.fill : style.color),
                                                             number(ground(parent)));
    texts++;
    lowest = Math.min(lowest, ratio);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 60)}`);
    if (parseFloat(style.fontSize) < 10) wrong.push(`tiny: ${walker.currentNode.data.trim().slice(0, 60)}`);
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) wrong.push(`the page is ${wide} pixels wide, the screen ${innerWidth}`);
  for (const node of document.querySelectorAll('body *')) {
    const box = node.getBoundingClientRect();
    if (box.right > innerWidth + 0.5 && !node.closest('.wide')) wrong.push(`sticks out: ${node.tagName} ${node.className}`);
  }
  for (const svg of document.querySelectorAll('svg')) {
    if (!svg.querySelector('title') || !svg.querySelector('desc')) wrong.push('a picture without title or description');
    const paper = svg.querySelector('.paper').getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBoundingClientRect();
      if (box.left < paper.left - 1 || box.right > paper.right + 1 || box.bottom > paper.bottom + 1)
        wrong.push(`beyond the picture: ${text.textContent.slice(0, 60)}`);
    }
  }
  // Labels of a plot that lie on each other; slanted ones all slant alike, so that only the distance of their lines counts.
  for (const svg of document.querySelectorAll('svg.plot')) {
    const labels = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim() && text.getClientRects().length)
      .map(text => ({text, box: text.getBoundingClientRect(), matrix: text.getScreenCTM(),
                     size: parseFloat(getComputedStyle(text).fontSize)}));
    for (const [i, a] of labels.entries())
      for (const b of labels.slice(i + 1)) {
        const slanted = Math.abs(a.matrix.b) > 0.01, alike = Math.abs(a.matrix.b - b.matrix.b) < 0.01;
        const apart = Math.abs((b.matrix.e - a.matrix.e) * a.matrix.b - (b.matrix.f - a.matrix.f) * a.matrix.a);
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (alike && (slanted ? across > 0 && apart < 0.8 * a.size : across > 1 && down > 0.4 * a.size))
          wrong.push(`on each other: ${a.text.textContent.trim()}, ${b.text.textContent.trim()}`);
      }
  }
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const at = Number(heading.tagName[1]);
    if (at > level + 1) wrong.push(`h${at} after h${level}: ${heading.textContent.slice(0, 60)}`);
    level = at;
  }
  const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
  if (new Set(ids).size !== ids.length) wrong.push('an id stands twice');
  for (const link of document.querySelectorAll('a'))
    if (!document.getElementById((link.getAttribute('href') || '').slice(1))) wrong.push('a link to nowhere');
  if (performance.getEntriesByType('resource').length) wrong.push('the page loads something');
  if (document.querySelector('script, iframe, object, link')) wrong.push('the page holds something active');
  return JSON.stringify({wrong, texts, lowest, pictures: document.querySelectorAll('svg').length,
    dark: matchMedia('(prefers-color-scheme: dark)').matches, height: document.documentElement.scrollHeight});
})()
"""


class Browser:
    """Headless Chromium, spoken to by its DevTools protocol over two pipes: no port, no other library."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory()
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()

        def place():
            # Both first out of the way: one may be 3 or 4 already.
            first, second = os.dup2(read_there, 103), os.dup2(write_there, 104)
            os.dup2(first, 3)
            os.dup2(second, 4)

        command = [program, "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run",
                   "--disable-dev-shm-usage", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
                   f"--user-data-dir={self.profile.name}", "about:blank"]
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        self.process = subprocess.Popen(command, preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_there)
        os.close(write_there)
        self.output, self.input = os.fdopen(write_here, "wb"), os.fdopen(read_here, "rb")
        self.number, self.rest, self.session = 0, b"", None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")

    def read(self):
        while b"\0" not in self.rest:
            piece = os.read(self.input.fileno(), 1 << 16)
            if not piece:
                raise RuntimeError("the browser has ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.output.write(json.dumps(message).encode() + b"\0")
        self.output.flush()
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, path):
        self.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        while self.read().get("method") != "Page.loadEventFired":
            pass

    def set(self, width, height, scheme, media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def measure(self):
        result = self.call("Runtime.evaluate", expression=MEASURE, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return json.loads(result["result"]["value"])

    def screenshot(self, path, width, height):
        result = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                           clip={"x": 0, "y": 0, "width": width, "height": min(height, 8000), "scale": 1})
        path.write_bytes(base64.b64decode(result["data"]))

    def end(self):
        self.call("Browser.close")
        self.process.wait(timeout=60)
        self.profile.cleanup()


def hostile(path):
    """A trace whose every text tries to break out of the page."""
    evil = ["<script>document.title='broken'</script>", "\"'&lt;]]>", "</svg></style></title>", "\u0001\u001b[31m\ufffe",
            "\u202eright to left", "x" * 10240]
    records = [{"ftblab_trace": 1, "source": "tests", "observes": ["throw", "catch"]}]
    for i, text in enumerate(evil):
        records.append({"t": i, "component": "RM/JS", "instance": text, "host": text, "action": "throw",
                        "event": "CHECK_NODES_DEAD", "payload": "nodes: {" + json.dumps(text) + "}", "note": text})
        records.append({"t": i, "component": text, "action": "catch", "event": text or "X", "payload": text})
        records.append({"t": i, "component": "site", "action": "fact", "event": "NODE_FAILED", "note": text[:30],
                        "payload": "nodes: {" + json.dumps(text[:200]) + "}"})
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def unfinish(results, points):
    """As if the study in RESULTS had been killed when the first POINTS were finished and the next had begun."""
    with contextlib.closing(sqlite3.connect(results / "study.sqlite")) as db:
        db.execute("DELETE FROM replicas WHERE point > ? OR (point = ? AND replica > 2)", (points + 1, points + 1))
        db.execute("DELETE FROM summaries WHERE point > ?", (points,))
        db.execute("UPDATE points SET finished = 0, replicas = NULL, conforms = NULL, violates = NULL, "
                   "undecided = NULL, broken = NULL WHERE point > ?", (points,))
        db.commit()


def pages(program, folder):
    """The reports that are looked at."""
    def report(name, *inputs):
        page = folder / f"{name}.html"
        subprocess.run([program, "report", *map(str, inputs), "--out", page], cwd=ROOT, check=True)
        return page

    def simulate(name):
        page = folder / f"{name}.html"
        trace = folder / f"{name}.jsonl"
        subprocess.run([program, "run", "--trace", trace, f"scenarios/{name}.json"], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)
        return report(name, trace)

    def study(name, *options, cut=None):
        results = folder / name
        shutil.rmtree(results, ignore_errors=True)
        if name == "intervals":
            made_study.make(program, ROOT / f"tests/studies-data/{name}.json", results)
        else:
            subprocess.run([program, "study", f"tests/studies-data/{name}.json", "--out", results], cwd=ROOT,
                           stdout=subprocess.DEVNULL)
        if cut is not None:
            unfinish(results, cut)
        page = folder / f"{name}.html"
        subprocess.run([program, "report", results, "--out", page, *options], cwd=ROOT, check=True)
        return page

    yield study("intervals")
    yield study("small", cut=2)
    yield study("labels")
    hostile(folder / "hostile.jsonl")
    yield report("dropped-catch", "tests/traces/b13-dropped-catch.jsonl")
    yield report("several", "tests/traces/b13-wrong-role.jsonl", "tests/traces/b13-cut.jsonl",
                 "tests/traces/b13-duplicate.jsonl", "tests/traces/unknown-event.jsonl", "tests/traces/b13-swapped.jsonl")
    yield report("hostile", folder / "hostile.jsonl")
    yield simulate("prediction-suspend")
    yield simulate("gang-scheduling")
    yield simulate("mvapich2-two-jobs")


def main(program, folder):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("SKIPPED: there is no Chromium; install the Debian package chromium")
        return 77
    program, folder = pathlib.Path(program).resolve(), pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    browser = Browser(chromium)
    bad = 0
    for page in pages(program, folder.resolve()):
        for (size, (width, height)), scheme, media in itertools.product(SIZES.items(), ("light", "dark"), ("", "print")):
            if media and (scheme == "dark" or size == "phone"):
                continue
            browser.set(width, height, scheme, media)
            browser.open(page)
            found = browser.measure()
            name = f"{page.stem}-{size}-{media or scheme}"
            browser.screenshot(folder / f"{name}.png", width, found["height"])
            wrong = found["wrong"]
            if found["dark"] != (scheme == "dark"):
                wrong.append("the browser does not show the scheme that was asked for")
            if found["pictures"] == 0 or found["texts"] < 20:
                wrong.append("there is nothing on the page")
            print(f"{name}: {found['texts']} texts, lowest contrast {found['lowest']:.2f}, {len(wrong)} wrong")
            print("".join(f"  {line}\n" for line in sorted(set(wrong))[:20]), end="")
            bad += len(wrong)
    browser.end()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
