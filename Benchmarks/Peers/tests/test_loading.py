from __future__ import annotations

import unittest
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import support
from peers import loading, record
from peers.loading import CAT, FORMS, MAKING, PACKING, SAFETENSORS, Loads, Timed
from peers.schedule import PLAIN


def loads() -> Loads:
    """Three rounds, of which the second is slow."""
    def passes(seconds: float) -> list[Timed]:
        return [Timed(slowness * seconds, seconds) for slowness in (1, 10, 1)]

    ours = {form: passes(1.0) for form in FORMS} | {"bin": passes(1.2), CAT: passes(0.3), PACKING: passes(0.5)}
    theirs = {form: passes(0.5) for form in FORMS} | {MAKING: passes(3.0)}
    return Loads(
        support.job(name="dance").case(PLAIN), {"unet1d": ours, "pytorch": theirs},
        {form: 300 for form in FORMS}, {form: 100 if form == "f16" else 200 for form in FORMS}, 250)


class Loading(unittest.TestCase):
    def test_a_row_for_every_form(self) -> None:
        rows = loading.markdown([loads()]).splitlines()[2:]
        self.assertEqual(len(rows), len(FORMS))
        cells = {row.split("|")[1].strip(): [cell.strip() for cell in row.split("|")[2:-1]] for row in rows}
        self.assertEqual(
            cells[f"dance {SAFETENSORS}"],
            ["1", "1 s", "1.00 (1.00)", "1.25 (1.25)", "0.5 s", "0.50 (0.50)", "3.5 s", "3.50 (3.50)", "1.50", "1.20"])
        self.assertEqual(cells["dance bin"][2:4], ["1.20 (1.20)", "–"])
        self.assertEqual(cells["dance f16"][-2:], ["3.00", "1.20"])

    def test_a_line_for_everything_that_was_timed(self) -> None:
        with TemporaryDirectory() as folder:
            path = loading.append(loads(), Path(folder), datetime(2026, 1, 2, tzinfo=timezone.utc))
            lines = record.read_lines([path], loading.SCHEMA)
        self.assertEqual(len(lines), 2 * len(FORMS) + 3)
        line = next(line for line in lines if line["peer"] == "unet1d" and line["what"] == "bin")
        self.assertEqual((line["seconds"], line["processor_seconds"]), ([1.2, 12.0, 1.2], [1.2] * 3))
        self.assertEqual((line["file_bytes"], line["peak_rss_bytes"], line["weights_bytes"]), (200, 300, 250))


if __name__ == "__main__":
    unittest.main()
