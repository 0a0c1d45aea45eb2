"""Opens pages of reports as people do, and says what is wrong with them.

A page NAME.html may have a NAME.expected beside it: lines of a CSS selector, a tab and how many elements it finds. Exit 1 if
anything is wrong.

usage: check.py [--plant FAULT] [--pictures FOLDER] PAGE…
"""

import argparse
import pathlib
import sys
import tempfile

from browser import Browser

TAB, RIGHT = "\ue004", "\ue014"
WIDTHS = (400, 1280)

# Faults that must be noticed: a replacement in the page's text.
FAULTS = {
    "console error": ("</main>", "</main><script>console.error('planted')</script>"),
    "exception": ("</main>", "</main><script>planted()</script>"),
    "request": ("</main>", "</main><img src='http://127.0.0.1:9/planted.png' alt=''/>"),
    "overflow": ("</main>", "<div style='width:1400px'>planted</div></main>"),
    "dead keys": ('plot.addEventListener("keydown"', 'plot.addEventListener("planted"'),
    "hidden details": (".part:focus .tip{visibility:visible}", ".part:focus .planted{visibility:visible}"),
    "long details": ("<g class=\"tip\">", "<g class=\"tip\"><text>" + 80 * "planted" + "</text>"),
    "empty figure": ('class="part"', 'class="planted"'),
    "not a number": ('<rect x="0%"', '<rect x="nan%"'),
}

# Elements that reach beyond the page at its right, and drawings without anything in them.
WIDE = """
return [...document.querySelectorAll("main *")].filter(element =>
    !element.closest(".scroll") && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1
  ).map(element => element.tagName + " " + element.textContent.slice(0, 40));
"""
EMPTY = """
return [...document.querySelectorAll("svg.plot")].filter(plot => {
  const shapes = [...plot.querySelectorAll("rect, path, circle")].map(shape => shape.getBoundingClientRect());
  return !shapes.some(shape => shape.width + shape.height > 1) || plot.getBoundingClientRect().width < 200;
}).map(plot => plot.id);
"""
# Texts of a drawing that lie on one another; those of details take turns.
COLLIDING = """
const found = [];
for (const plot of document.querySelectorAll("svg.plot")) {
  const texts = [...plot.querySelectorAll("text")].filter(text => !text.closest(".tip") && text.textContent.trim());
  const boxes = texts.map(text => text.getBoundingClientRect());
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const [a, b] = [boxes[i], boxes[j]];
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 1 && height > 4) found.push(`${plot.id}: "${texts[j].textContent}" and "${texts[i].textContent}"`);
  }
}
return found;
"""
# Details that end beyond the page; they have a box while they are hidden, too.
CUT = """
const edge = document.documentElement.clientWidth;
return [...document.querySelectorAll(".tip text")].filter(text => text.getBoundingClientRect().right > edge)
  .map(text => text.textContent);
"""
DETAILS = """
const part = document.activeElement;
const tip = part.querySelector(".tip");
const visible = tip && getComputedStyle(tip).visibility === "visible";
return [part.closest("svg")?.id ?? "", [...part.parentNode.querySelectorAll(".part")].indexOf(part),
  visible ? tip.textContent.trim() : ""];
"""


def check_width(browser, say):
    width = browser.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if width[0] > width[1]:
        say(f"overflows: {width[0]} pixels on {width[1]}: {browser.run(WIDE)[:4]}")
    for text in browser.run(CUT)[:4]:
        say(f"details end beyond the page: {text}")
    for text in browser.run(COLLIDING)[:4]:
        say(f"texts lie on one another: {text}")


def check_data(browser, page, say):
    for plot in browser.run(EMPTY):
        say(f"the figure {plot} is empty")
    expected = page.with_suffix(".expected")
    for line in expected.read_text().splitlines() if expected.exists() else []:
        selector, count = line.split("\t")
        found = browser.run("return document.querySelectorAll(arguments[0]).length", selector)
        if found != int(count):
            say(f"{found} elements instead of {count} are {selector}")


def check_keys(browser, say):
    """Tab reaches every drawing with details, and the arrow keys its parts, which then show them."""
    wanted = set(browser.run("return [...document.querySelectorAll('svg.parts')].map(plot => plot.id)"))
    reached = set()
    for _ in range(40):
        browser.press(TAB)
        plot, index, details = browser.run(DETAILS)
        if plot not in wanted - reached:
            continue
        if index != 0 or not details:
            say(f"the first part of {plot} shows no details with the keyboard")
        parts = browser.run("return document.getElementById(arguments[0]).querySelectorAll('.part').length", plot)
        if parts > 1:
            browser.press(RIGHT)
            after = browser.run(DETAILS)
            if after[:2] != [plot, 1] or not after[2] or after[2] == details:
                say(f"the arrow keys do not move in {plot}: {after}")
        reached.add(plot)
        if reached == wanted:
            break
    for plot in sorted(wanted - reached):
        say(f"the Tab key does not reach {plot}")


def check(browser, page, pictures, say):
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            browser.paper(width, scheme)
            browser.open(page)
            check_width(browser, say)
            check_data(browser, page, say)
            if scheme == "light":
                check_keys(browser, say)
            for entry in browser.logs("browser"):
                say(f"console: {entry['level']} {entry['message']}")
            for address in browser.requests():
                if address != page.resolve().as_uri() and not address.startswith("data:"):
                    say(f"asks for {address}")
            if pictures:
                browser.run("document.activeElement.blur()")
                browser.picture(pictures / f"{page.stem}-{width}-{scheme}.png")
    browser.paper(720, "dark", media="print")
    browser.open(page)
    check_width(browser, say)
    if browser.run("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)":
        say("is printed on dark paper")
    if pictures:
        browser.picture(pictures / f"{page.stem}-print.png")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--plant", choices=FAULTS)
    arguments.add_argument("--pictures", type=pathlib.Path)
    arguments.add_argument("pages", nargs="+", type=pathlib.Path)
    given = arguments.parse_args()
    problems = []
    with Browser() as browser, tempfile.TemporaryDirectory() as folder:
        for page in given.pages:
            if given.plant:
                text = page.read_text()
                planted = text.replace(*FAULTS[given.plant])
                if planted == text:
                    raise SystemExit(f"nowhere to plant: {given.plant}")
                expected = page.with_suffix(".expected")
                page = pathlib.Path(folder) / page.name
                page.write_text(planted)
                if expected.exists():
                    page.with_suffix(".expected").write_text(expected.read_text())
            check(browser, page, given.pictures, lambda text, page=page: problems.append(f"{page.name}: {text}"))
    for problem in dict.fromkeys(problems):
        print(problem)
    sys.exit(1 if problems else 0)


main()
