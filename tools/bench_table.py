#!/usr/bin/env python3
"""Prints the project's speed bars with what was measured: bench_table.py FOLDER (Google Benchmark's JSON files).

A ratio is a counter of a benchmark that measures both sides in turns, best of each (training: medians), since whatever else
runs on the machine only adds to a time. Of all repetitions the median counts. A new bar is a new line below.
"""
import dataclasses
import json
import pathlib
import statistics
import sys

RATIO, MILLISECONDS = "ratio", "ms"
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclasses.dataclass
class Bar:
    what: str
    benchmark: str
    unit: str  # RATIO: its time over the other's; or MILLISECONDS
    limit: float | None  # None: no bar, to compare with
    speed: bool = False  # the other's time over ours, and `limit` the least it may be


BARS = [
    Bar("SNP verification, chain cached / bare ECDSA P-384", "VerifySnpCached", RATIO, 1.15),
    Bar("TDX verification, collateral cached / bare ECDSA P-256", "VerifyTdxCached", RATIO, 1.15),
    Bar("SGX verification, collateral cached / bare ECDSA P-256", "VerifySgxCached", RATIO, 1.15),
    Bar("Nitro verification, chain cached / bare ECDSA P-384", "VerifyNitroCached", RATIO, 1.15),
    Bar("CCA verification, platform cached / bare ECDSA P-384", "VerifyCcaCached", RATIO, 1.15),
    Bar("NVIDIA GPU, chain cached / bare ECDSA P-384", "NvidiaReportCached", RATIO, 1.15),
    Bar("eight GPUs with manifests and OCSP, cached, ms of one core", "NvidiaEightGpusCached", MILLISECONDS, 5),
    Bar("  ... / eight bare ECDSA P-384", "NvidiaEightGpusCached", RATIO, None),
    Bar("speed of opening / ChaCha20-Poly1305 and SHA-256", "OpenPrivatelyFromMemoryFile", RATIO, 0.9, speed=True),
    Bar("speed of opening to memory without digest / age to memory", "OpenAgainstAgeToMemoryFile", RATIO, 3.0, speed=True),
    Bar("  ... / age to /dev/null, which keeps nothing", "OpenAgainstAgeToNothing", RATIO, None, speed=True),
    Bar("PRV epsilon of 1,000 steps, ms", "BM_PrvEpsilon1000Steps", MILLISECONDS, 20),
    Bar("private training step / the same without privacy, one thread", "PrivateStepOneThread", RATIO, 1.25),
    Bar("  ... two threads", "PrivateStepTwoThreads", RATIO, 1.25),
    Bar("room start to first evidence, ms", "RoomStartToFirstEvidence", MILLISECONDS, 50),
    Bar("join 5M x 1M through contract limits / DuckDB alone", "JoinThroughContractLimits", RATIO, 1.1),
    Bar("  ... / DuckDB alone, rows left inside it", "JoinAgainstReadingInPlace", RATIO, None),
]


def read(folder: pathlib.Path) -> tuple[dict, dict]:
    """{benchmark: {unit: [value]}}, and {benchmark: why it could not run}."""
    values, skipped = {}, {}
    for file in sorted(folder.glob("*.json")):
        text = file.read_text()
        for run in json.loads(text)["benchmarks"] if text else []:
            name = run["name"].split("/")[0]
            if run.get("error_occurred"):
                skipped[name] = run.get("error_message", "failed")
            elif run.get("run_type") == "iteration":
                of = values.setdefault(name, {})
                of.setdefault(MILLISECONDS, []).append(run["real_time"] * UNITS[run["time_unit"]])
                if RATIO in run:
                    of.setdefault(RATIO, []).append(run[RATIO])
    return values, skipped


def row(bar: Bar, values: dict, skipped: dict) -> tuple[str, str, str, str]:
    limit = "-" if bar.limit is None else f"{'>=' if bar.speed else '<='} {bar.limit:g}"
    if bar.benchmark not in values:
        return bar.what, "-", limit, "not measured: " + skipped.get(bar.benchmark, "it did not run")
    value = statistics.median(values[bar.benchmark][bar.unit])
    value = 1 / value if bar.speed else value
    if bar.limit is None:
        return bar.what, f"{value:.2f}", limit, ""
    met = value >= bar.limit if bar.speed else value <= bar.limit
    return bar.what, f"{value:.2f}", limit, "met" if met else "NOT MET"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    values, skipped = read(pathlib.Path(sys.argv[1]))
    rows = [("what", "measured", "bar", "met or not")] + [row(bar, values, skipped) for bar in BARS]
    widths = [max(len(cells[i]) for cells in rows) for i in range(3)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)), cells[3], sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
