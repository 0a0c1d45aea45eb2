"""Floors under the speedup, and what was found."""
from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

from support import PROFILES, comparison, run, series

from peers.errors import PeerError
from peers.figures import REQUIREMENTS
from peers.peer import Group
from peers.requirement import Requirement, markdown, read_requirements
from peers.schedule import Schedule
from peers.workloads import select_workloads


class Floors(unittest.TestCase):
    def test_text(self) -> None:
        self.assertEqual(Requirement.parse("a-b=1.5"), Requirement("a-b", None, 1.5))
        self.assertEqual(Requirement.parse("a@2=3"), Requirement("a", 2, 3))
        for text in ("a", "=2", "a=", "a=0", "a@x=1", "a=-1"):
            with self.subTest(text), self.assertRaises(ValueError):
                Requirement.parse(text)

    def test_floor(self) -> None:
        twice = run(comparison([[1.0, 2.0, 3.0]], [[4.0]]))
        self.assertTrue(Requirement("tiny", None, 2).verdicts([twice])[0].met)
        self.assertFalse(Requirement("tiny", 1, 2.01).verdicts([twice])[0].met)
        for absent in (Requirement("tiny", 2, 1), Requirement("other", None, 1),
                       Requirement("tiny", 1, 1, schedule=Schedule(cold=True))):
            verdict, = absent.verdicts([twice])
            self.assertFalse(verdict.met)
            self.assertIn("not compared", verdict.sentence)

    def test_every_thread_count_unless_one_is_named(self) -> None:
        both = run(comparison([[1.0]], [[4.0]]), comparison([[1.0]], [[3.0]], threads=2))
        self.assertEqual([verdict.ratio for verdict in Requirement("tiny", None, 1).verdicts([both])], [4, 3])
        self.assertEqual([verdict.ratio for verdict in Requirement("tiny", 2, 1).verdicts([both])], [3])

    def test_opponents(self) -> None:
        mixed = run(
            comparison([[2.0]], [[8.0]], series("quick", [[6.0]]), series("new", [[5.0]], Group.REWRITTEN),
                       series("rough", [[1.0]], Group.BF16)),
            comparison([[1.0]], [[9.0]], threads=2))
        cases = {"pytorch": 4, "fastest": 3, "quick": 3, "rewritten": 2.5, "rough": 0.5, "bf16": 0.5, "1 thread": 1}
        for against, ratio in cases.items():
            with self.subTest(against):
                self.assertEqual(Requirement("tiny", 1, 1, against).verdicts([mixed])[0].ratio, ratio)
        self.assertEqual(Requirement("tiny", 2, 1, "1 thread").verdicts([mixed])[0].ratio, 2)
        self.assertIn("not compared with slow", Requirement("tiny", 1, 1, "slow").verdicts([mixed])[0].sentence)

    def test_the_worst_run_counts(self) -> None:
        runs = [run(comparison([[1.0]], [[ratio]])) for ratio in (3.0, 2.0, 4.0)]
        verdict, = Requirement("tiny", 1, 2.5).verdicts(runs)
        self.assertEqual((verdict.ratio, verdict.met), (2, False))
        self.assertEqual(verdict.sentence, "tiny@1: 2.00 times as fast as Pytorch, required 2.5")

    def test_table(self) -> None:
        twice = run(comparison([[1.0]], [[2.0]]))
        verdicts = [Requirement("tiny", 1, ratio, "fastest").verdicts([twice])[0] for ratio in (1.5, 2.5)]
        verdicts += Requirement("tiny", 2, 1, "rewritten", Schedule(cold=True)).verdicts([twice])
        self.assertEqual(markdown(verdicts).splitlines()[2:], [
            "| tiny@1 | Pytorch | 1.5 | 2.00 | met |",
            "| tiny@1 | Pytorch | 2.5 | 2.00 | MISSED |",
            "| tiny cold@2 | rewritten | 1 | – | not compared |"])


class Published(unittest.TestCase):
    def test_requirements_name_workloads(self) -> None:
        floors = read_requirements(REQUIREMENTS)
        names = {workload.name for workload in select_workloads(PROFILES, ["*"])}
        self.assertLessEqual({floor.workload for floor in floors}, names)
        self.assertEqual(len({(each.workload, each.threads, each.against, each.schedule) for each in floors}), len(floors))

    def test_malformed_requirements_are_refused(self) -> None:
        good = json.loads(REQUIREMENTS.read_text())
        first = good["requirements"][0]
        cases = ["", "{}", json.dumps({**good, "schema": "other"})]
        cases += [json.dumps({**good, "requirements": [{**first, **wrong}]}) for wrong in (
            {"ratio": 0}, {"against": "nobody"}, {"schedule": "warm"}, {"other": 1})]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bad.json"
            for text in cases:
                path.write_text(text)
                with self.subTest(text[:60]), self.assertRaises(PeerError):
                    read_requirements(path)


if __name__ == "__main__":
    unittest.main()
