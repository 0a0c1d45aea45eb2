"""A section of RESULTS.md that follows from a record in Profiles/Runs, between two comments that name it."""
import json
import os
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "Benchmarks/RESULTS.md"
RUNS = ROOT / "Profiles/Runs"
LINK = re.compile(r"\]\((\.\./Profiles/Runs/[^()]+\.jsonl?)\)")


def now():
    """The time of a record, in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def link(path):
    """A record as RESULTS names it."""
    return f"[{path.name}]({os.path.relpath(path, RESULTS.parent)})"


def table(rows):
    """Cells as Markdown: the first row is the header, and only the first column is no number."""
    header, *body = rows
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *body]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


class Section:
    """A section of RESULTS, which `text(record, path)` makes of a record: of .jsonl a list of its lines."""

    def __init__(self, name, text, slug=None):
        self.name, self.text, self.slug = name, text, slug or name.replace(" ", "-")
        self.begin, self.end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"

    def _split(self):
        text = RESULTS.read_text()
        if text.count(self.begin) != 1 or text.count(self.end) != 1:
            sys.exit(f"error: {RESULTS}: needs one {self.begin} and one {self.end}")
        before, _, rest = text.partition(self.begin)
        inside, _, behind = rest.partition(self.end)
        return before, inside.strip(), behind

    def _made(self, path):
        text = path.read_text()
        record = [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)
        return self.text(record, path)

    def named(self):
        """The record that the section names."""
        found = LINK.search(self._split()[1])
        if found is None:
            sys.exit(f"error: {RESULTS}: {self.name} name no record")
        return (RESULTS.parent / found[1]).resolve()

    def write(self, record):
        """Keeps a record, with its time in it; returns its file."""
        path = RUNS / f"{self.slug}-{record['time'][:10]}.json"
        path.write_text(json.dumps(record, indent=1) + "\n")
        return path

    def publish(self, path):
        before, _, behind = self._split()
        RESULTS.write_text(f"{before}{self.begin}\n{self._made(path)}\n{self.end}{behind}")

    def is_current(self):
        """Whether the section is what its record gives."""
        return self._split()[1] == self._made(self.named())

    def add_arguments(self, parser):
        parser.add_argument("--publish", action="store_true", help="renew the section of RESULTS")
        parser.add_argument("--record", type=Path, help="publish this record instead of measuring")

    def finish(self, options, measure):
        """Publishes or prints; `measure()` makes a record. Returns the exit status."""
        path = options.record.resolve() if options.record else self.write(measure())
        if options.publish:
            self.publish(path)
        else:
            print(self._made(path))
        return 0
