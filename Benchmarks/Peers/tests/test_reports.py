"""Tables, raw samples and the published documents."""
from __future__ import annotations

import json
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

from support import HOST, ROOT, comparison, job, run, series

from peers import cold_start, figures, record
from peers.comparison import Comparison
from peers.errors import PeerError
from peers.peer import Group
from peers.schedule import PLAIN, Schedule
from peers.table import duration, markdown, milliseconds, short

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


class Tables(unittest.TestCase):
    def test_one_run(self) -> None:
        ours, theirs = [[1.0], [3.0]], [[3.0], [3.0]]
        others = (series("quick", [[2.0], [3.0]]), series("new", [[1.0], [2.0]], Group.REWRITTEN),
                  series("rough", [[0.5], [0.5]], Group.BF16))
        cold = comparison(ours, theirs, schedule=Schedule(cold=True, period_ms=20))
        self.assertEqual(markdown([run(comparison(ours, theirs, *others), cold)]).splitlines(), [
            "| workload | threads | Unet1d 1.0, ms | Pytorch 1.0, ms | Quick 1.0, ms | times as fast | worst run "
            "| by round | New 1.0, ms | times as fast as rewritten | worst run | Rough 1.0, ms | runs |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            "| tiny | 1 | 2.00 | 3.00 | **2.50** | 1.25 | 1.25 | 1.00–2.00 | 1.50 | 0.75 | 0.75 | 0.500 | 1 |",
            "| tiny cold period 20 | 1 | 2.00 | 3.00 | – | 1.50 | 1.50 | 1.00–3.00 | – | – | – | – | 1 |",
        ])

    def test_several_runs(self) -> None:
        runs = [run(comparison([[1.0]], [[theirs]], series("quick", [[quick]])))
                for theirs, quick in ((2.0, 4.0), (5.0, 3.0), (6.0, 8.0))]
        self.assertEqual(markdown(runs).splitlines()[-1], "| tiny | 1 | 1.00 | 5.00 | **4.00** | 3.00 | 2.00 | 2.00–6.00 | 3 |")

    def test_another_precision_of_ours_stands_beside_ours(self) -> None:
        narrow = series("narrow", [[1.0]], Group.OURS)
        self.assertEqual(markdown([run(comparison([[2.0]], [[3.0]], narrow))]).splitlines(), [
            "| workload | threads | Unet1d 1.0, ms | Narrow 1.0, ms | Pytorch 1.0, ms | times as fast | worst run "
            "| by round | runs |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            "| tiny | 1 | 2.00 | 1.00 | 3.00 | 1.50 | 1.50 | 1.50–1.50 | 1 |"])

    def test_without_peers(self) -> None:
        alone = Comparison(job().case(PLAIN), series("unet1d", [[2.0]]), [])
        self.assertEqual(markdown([run(alone)]).splitlines()[-1], "| tiny | 1 | 2.00 | – | – | – | 1 |")

    def test_short(self) -> None:
        case = comparison([[1.0]], [[2000.0]], series("quick", [[4.0]]), series("new", [[3.0]], Group.REWRITTEN),
                          series("rough", [[0.5]], Group.BF16))
        self.assertEqual(short([run(case)], {"tiny": "a tiny one", "huge": "another"}, 1).replace("\u00a0", " ").splitlines(), [
            "| forward of | UNet1D | fastest peer | PyTorch |", "| --- | ---: | ---: | ---: |",
            "| a tiny one | 1.00 ms | 3.0 × | 2000 × |", "| another | – | – | – |"])
        self.assertEqual([duration(value).replace("\u00a0", " ") for value in (999.4, 1000)], ["999 ms", "1.00 s"])

    def test_digits(self) -> None:
        self.assertEqual([milliseconds(value) for value in (6595.4, 70.53, 5.661, 0.4812)],
                         ["6595", "70.5", "5.66", "0.481"])


class Records(unittest.TestCase):
    def test_samples_are_appended_and_read(self) -> None:
        cold = comparison([[1.0, 2.0], [4.0]], [[3.0], [3.0]], schedule=Schedule(cold=True))
        with tempfile.TemporaryDirectory() as folder:
            for moment in (MOMENT, MOMENT.replace(hour=4)):
                path = record.append(cold, Path(folder), moment)
                record.append(comparison([[1.0]], [[3.0]]), Path(folder), moment)
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            runs = record.read_runs([path])
        self.assertEqual(path.name, "peers-2026-01-02.jsonl")
        self.assertEqual([line["peer"] for line in lines[:4]], ["unet1d", "unet1d", "pytorch", "pytorch"])
        self.assertEqual((lines[0]["schedule"], lines[0]["samples_ms"]), ("cold", [1.0, 2.0]))
        self.assertEqual([run.time for run in runs], ["2026-01-02T03:04:05+00:00", "2026-01-02T04:04:05+00:00"])
        read = runs[1].comparisons[0]
        self.assertEqual((read.case, read.ours.median_ms), (cold.case, 2.0))
        self.assertEqual([peer.title for peer in read.peers], ["PyTorch eager"])

    def test_lines_without_a_schedule_are_plain(self) -> None:
        published = [ROOT / "Profiles/Runs/peers-2026-11-23.jsonl"]
        cases = [each.case for run in record.read_runs(published) for each in run.comparisons]
        self.assertEqual({case.schedule for case in cases}, {PLAIN})

    def test_malformed_records_are_refused(self) -> None:
        good = {"schema": record.SCHEMA, "time": "t"}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bad.jsonl"
            for text in ("{", "[]", "{}", json.dumps(good)):
                path.write_text(text)
                with self.subTest(text), self.assertRaises(PeerError):
                    record.read_runs([path])
            with self.assertRaises(PeerError):
                record.read_runs([Path(folder) / "absent"])

    def test_cold_starts(self) -> None:
        starts = [cold_start.Start(seconds, 50_000_000, "1") for seconds in (0.3, 0.2, 0.4)]
        result = cold_start.ColdStarts(job().case(PLAIN), {"unet1d": starts, "pytorch": starts[:1]})
        with tempfile.TemporaryDirectory() as folder:
            path = cold_start.append(result, Path(folder), MOMENT)
            read = cold_start.read([path])
            self.assertEqual(record.read_runs([path]), [])
            self.assertEqual(figures.figures([path]), cold_start.markdown(read))
        self.assertEqual(path.name, "cold-start-2026-01-02.jsonl")
        self.assertEqual(read, [result])
        self.assertEqual(cold_start.markdown(read).splitlines(), [
            "| cold start | threads | UNet1D | PyTorch eager |", "| --- | ---: | ---: | ---: |",
            "| tiny | 1 | 0.3 s, 50 MB | 0.3 s, 50 MB |"])


class Published(unittest.TestCase):
    def test_the_documents_are_up_to_date(self) -> None:
        self.assertIsNone(figures.check(ROOT))

    def test_the_sections_are_replaced_and_checked(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            readme, results, runs = root / figures.README, root / figures.RESULTS, root / "Profiles/Runs"
            results.parent.mkdir()
            for document in (readme, results):
                document.write_text(f"before\n{figures.BEGIN}\nold\n{figures.END}\nafter\n")
            self.assertIn("name no file", figures.check(root) or "")
            path = record.append(comparison([[1.0]], [[3.0]]), runs, MOMENT)
            for _ in range(2):
                figures.publish(root, [path])
                text = results.read_text()
                self.assertTrue(text.startswith(f"before\n{figures.BEGIN}\nMedians"))
                self.assertTrue(text.endswith(f" |\n{figures.END}\nafter\n"))
                self.assertIn("[peers-2026-01-02.jsonl](../Profiles/Runs/peers-2026-01-02.jsonl)", text)
                self.assertTrue(readme.read_text().startswith(f"before\n{figures.BEGIN}\n| forward of |"))
                self.assertIsNone(figures.check(root))
            current = readme.read_text()
            readme.write_text(current.replace("forward of", "run of"))
            self.assertIn("README.md: its figures are not those", figures.check(root) or "")
            readme.write_text(current)
            record.append(comparison([[1.0]], [[4.0]]), runs, MOMENT.replace(hour=4))
            self.assertIn("RESULTS.md: its figures are not those", figures.check(root) or "")
            results.write_text(f"{figures.END}\n{figures.BEGIN}")
            with self.assertRaisesRegex(PeerError, "needs one"):
                figures.check(root)

    def test_hosts(self) -> None:
        runs = [run(), run()]
        self.assertEqual(figures.machine(runs), f"2 processors ({HOST['cpu']})")


if __name__ == "__main__":
    unittest.main()
