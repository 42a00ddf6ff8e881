#!/usr/bin/env python3
"""Compares Cloister's answers to vectors with those of other people's verifiers.

usage: interop.py FAMILY REPOSITORY PROGRAMS MANIFEST BUILD
  FAMILY    go, python or rust: the peers of one toolchain, built in BUILD where they aren't there yet
  MANIFEST  MANIFEST.json of the vectors

Every case of a kind that a peer knows must get the same answer from both, or stand in the table of docs/interop.md with both
answers. A row of the table that no longer holds fails as well. Where peer and manifest name the same claim, it must be equal.
Of changed copies of the valid samples, none that a peer refuses may be valid to us. Exit code 77 with the reason where the vectors, the toolchain or the packages are missing.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import mutations
import peers

SKIPPED = 77
# Which kinds each peer knows: it must answer every case of them.
KINDS = {
    "go": {"go-eventlog": {"eventlog"}, "go-sev-guest": {"snp"}, "go-tdx-guest": {"tdx"}, "go-tpm-tools": {"gcp-vtpm"}},
    "python": {"nv-local-gpu-verifier": {"nvidia-gpu", "nvidia-rim"}},
    "rust": {"sev": {"snp"}, "dcap-qvl": {"sgx", "tdx"}, "nitro_attest": {"nitro"}, "ccatoken": {"cca"}},
}
ROW = re.compile(r"^\| (`[^|]*`) \| (\S+) \| (\w+) \| (\w+) \| (\w+) \| ([^|]+) \|$", re.MULTILINE)


def differences_of(page: str, names: set) -> dict:
    """{(case, peer): (its answer, ours, the manifest's)} of the page's rows about the peers named."""
    explained = {}
    for cases, peer, theirs, ours, truth, _ in ROW.findall(page):
        for case in re.findall(r"`([^`]+)`", cases):
            if (case, peer) in explained:
                sys.exit(f"interop: docs/interop.md explains {case} of {peer} twice")
            explained[case, peer] = (theirs, ours, truth)
    return {key: answers for key, answers in explained.items() if key[1] in names}


def our_answers(program: pathlib.Path, manifest: pathlib.Path) -> dict:
    said = subprocess.run([program, "conformance", manifest, "--json"], capture_output=True, text=True, check=False)
    if said.returncode not in (0, 1):  # 1: an answer is not what the manifest expects, which is not the question here
        raise RuntimeError(f"{program} conformance {manifest} ended with {said.returncode}\n{said.stderr}")
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    # A kind that we have no verifier for is skipped there and has no answer.
    return {line["id"]: line.get("answer", "unsupported") for line in lines if "id" in line}


def problems_of(said: dict, case: dict, ours: str, explained: dict) -> list:
    """What is wrong with one answer of a peer; takes its row out of `explained`."""
    name, answers = f"{case['id']}, {said['peer']}", (said["answer"], ours, case["expect"])
    problems = []
    row = explained.pop((case["id"], said["peer"]), None)
    if said["answer"] == ours:
        if row is not None:
            problems.append(f"{name}: the table explains a difference, but both say {ours}")
    elif row != answers:
        problems.append(f"{name}: expected the same answer or a row of docs/interop.md; it says {answers[0]} ({said['reason']}), we "
                        f"say {ours}, the manifest {answers[2]}; the row says {row}")
    for claim, value in said.get("claims", {}).items():
        expected = case["expected_claims"].get(claim, value)
        if sorted(value) != sorted(expected) if isinstance(value, list) else value != expected:
            problems.append(f"{name}: claim {claim}: the peer says {value}, the manifest {expected}")
    return problems


def unanswered(family: str, cases: dict, answered: set) -> list:
    return [f"{case['id']}: no answer of {peer}" for peer, kinds in KINDS[family].items() for case in cases.values()
            if case["tee"] in kinds and (case["id"], peer) not in answered]


def refused_by_peers_alone(said: list, ours: dict, taken: set) -> list:
    """Changed samples that we take and a peer refuses, of those whose original it takes: `taken`, (case, peer)."""
    return [f"{line['id']}: we take it, {line['peer']} refuses it: {line['reason']}" for line in said
            if line["answer"] == "invalid" and ours[line["id"]] == "valid" and (line["id"].split(" with ")[0], line["peer"]) in taken]


def compare_changed(family: str, program: list, ours: pathlib.Path, cases: dict, vectors: pathlib.Path, taken: set) -> list:
    kinds = set().union(*KINDS[family].values())
    with tempfile.TemporaryDirectory() as folder:
        manifest = mutations.write([case for case in cases.values() if case["tee"] in kinds], vectors, pathlib.Path(folder))
        said, answers = peers.lines_of(program, "verify", str(manifest)), our_answers(ours, manifest)
    valid = sum(answer == "valid" for answer in answers.values())
    print(f"{len(answers)} changed samples: we refuse {len(answers) - valid}, and take {valid}")
    return refused_by_peers_alone(said, answers, taken)


def compare(family: str, page: str, cases: dict, said: list, ours: dict) -> list:
    """Prints what each peer answered; the problems of all answers."""
    explained = differences_of(page, set(KINDS[family]))
    rows, problems = len(explained), unanswered(family, cases, {(line["id"], line["peer"]) for line in said})
    for line in said:
        problems += problems_of(line, cases[line["id"]], ours[line["id"]], explained)
    problems += [f"{case}, {peer}: a row of docs/interop.md about no case that the peer answers" for case, peer in explained]
    for peer in sorted({line["peer"] for line in said}):
        lines = [line for line in said if line["peer"] == peer]
        same = sum(line["answer"] == ours[line["id"]] for line in lines)
        print(f"{peer} {lines[0]['version']}: {len(lines)} answers, {same} the same as ours")
    print(f"docs/interop.md explains {rows} answers that differ")
    return problems


def main() -> int:
    family, repository, programs, manifest, build = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    if not manifest.exists():
        print(f"skipped: no vectors in {manifest.parent}")
        return SKIPPED
    try:
        program = peers.FAMILIES[family](build)
    except peers.Missing as missing:
        print(f"skipped: {missing}")
        return SKIPPED
    cases = {case["id"]: case for case in json.loads(manifest.read_text())}
    said = peers.lines_of(program, "verify", str(manifest))
    problems = compare(family, (repository / "docs/interop.md").read_text(), cases, said, our_answers(programs / "cloister", manifest))
    taken = {(line["id"], line["peer"]) for line in said if line["answer"] == "valid"}
    problems += compare_changed(family, program, programs / "cloister", cases, manifest.parent, taken)
    print("\n".join(problems) or "interop: no other difference")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
