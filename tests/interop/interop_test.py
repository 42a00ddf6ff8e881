#!/usr/bin/env python3
"""Tests of interop.py itself: that it lets no difference pass that nobody explained, and no explanation that no longer holds."""
import unittest

import interop

CASE = {"id": "snp/a", "tee": "snp", "expect": "invalid", "expected_claims": {"tcb_status": "UpToDate", "advisory_ids": ["A", "B"]}}
ROW = "| `snp/a`, `snp/b` | sev | valid | invalid | invalid | it does not look at dates |\n"


def said(answer, **claims):
    return {"id": "snp/a", "peer": "sev", "answer": answer, "reason": "because", "claims": claims}


class Differences(unittest.TestCase):
    def test_refuses_an_unexplained_difference(self):
        self.assertIn("expected the same answer", interop.problems_of(said("valid"), CASE, "invalid", {})[0])

    def test_refuses_a_row_whose_answers_are_others(self):
        for row in (("unsupported", "invalid", "invalid"), ("valid", "valid", "invalid"), ("valid", "invalid", "valid")):
            self.assertTrue(interop.problems_of(said("valid"), CASE, "invalid", {("snp/a", "sev"): row}), row)

    def test_refuses_a_row_where_both_agree(self):
        self.assertTrue(interop.problems_of(said("invalid"), CASE, "invalid", {("snp/a", "sev"): ("valid", "invalid", "invalid")}))

    def test_refuses_another_claim(self):
        self.assertTrue(interop.problems_of(said("invalid", tcb_status="OutOfDate"), CASE, "invalid", {}))
        self.assertTrue(interop.problems_of(said("invalid", advisory_ids=["A"]), CASE, "invalid", {}))

    def test_refuses_a_case_without_an_answer(self):
        cases = {"nitro/a": {"id": "nitro/a", "tee": "nitro"}}
        self.assertEqual(interop.unanswered("rust", cases, set()), ["nitro/a: no answer of nitro_attest"])

    def test_refuses_a_changed_sample_that_a_peer_alone_refuses(self):
        changed = {"id": "snp/a with report byte 7", "peer": "sev", "answer": "invalid", "reason": "signature"}
        ours = {changed["id"]: "valid"}
        self.assertTrue(interop.refused_by_peers_alone([changed], ours, {("snp/a", "sev")}))
        self.assertFalse(interop.refused_by_peers_alone([changed], {changed["id"]: "invalid"}, {("snp/a", "sev")}))
        self.assertFalse(interop.refused_by_peers_alone([changed], ours, set()))  # it refuses the original too

    def test_takes_what_is_the_same_or_explained(self):
        explained = interop.differences_of(ROW, {"sev"})
        self.assertEqual(interop.problems_of(said("valid"), CASE, "invalid", explained), [])
        self.assertEqual(list(explained), [("snp/b", "sev")])  # what is left is stale
        self.assertEqual(interop.problems_of(said("invalid", advisory_ids=["B", "A"]), CASE, "invalid", {}), [])

    def test_reads_rows_of_the_peers_that_ran_alone(self):
        self.assertEqual(interop.differences_of(ROW, {"go-sev-guest"}), {})


if __name__ == "__main__":
    unittest.main()
