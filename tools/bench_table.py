#!/usr/bin/env python3
"""Prints the project's speed bars with what was measured: bench_table.py FOLDER (Google Benchmark's JSON files).

Ratios compare the lowest time of each side's repetitions, all of the same run: whatever else runs on the machine only adds to
a time. A benchmark that measures both sides in turns gives the ratio itself, as a counter; the lowest counts. Bars in
milliseconds take the median. A new bar is a new line below.
"""
import dataclasses
import json
import pathlib
import statistics
import sys

RATIO = "ratio"
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclasses.dataclass
class Bar:
    what: str
    measured: str  # name of the benchmark of ours
    against: str | None  # what it is compared with; RATIO: its own counter "ratio"; None: its milliseconds count
    limit: float | None  # None: no bar, to compare with
    clock: str = "real_time"  # or cpu_time, for what runs on one thread
    faster: bool = False  # the ratio is against's time over ours, and `limit` the least it may be


BARS = [
    Bar("SNP verification, chain cached / bare ECDSA P-384", "VerifySnpCached", RATIO, 1.15),
    Bar("TDX verification, collateral cached / bare ECDSA P-256", "VerifyTdxCached", RATIO, 1.15),
    Bar("SGX verification, collateral cached / bare ECDSA P-256", "VerifySgxCached", RATIO, 1.15),
    Bar("Nitro verification, chain cached / bare ECDSA P-384", "VerifyNitroCached", RATIO, 1.15),
    Bar("CCA verification, platform cached / bare ECDSA P-384", "VerifyCcaCached", RATIO, 1.15),
    Bar("NVIDIA GPU, chain cached / bare ECDSA P-384", "NvidiaReportCached", RATIO, 1.15),
    Bar("eight GPUs with manifests and OCSP, cached, ms of one core", "NvidiaEightGpusCached", None, 5),
    Bar("  ... / eight bare ECDSA P-384", "NvidiaEightGpusCached", RATIO, None),
    Bar("speed of opening / ChaCha20-Poly1305 and SHA-256", "OpenPrivatelyFromMemoryFile", "RawOpenAndHash", 0.9, faster=True),
    Bar("speed of opening to memory without digest / age to memory", "OpenFileWithoutDigest", "AgeToMemoryFile", 3.0, faster=True),
    Bar("  ... / age to /dev/null, which keeps nothing", "OpenFileWithoutDigest", "AgeToNothing", None, faster=True),
    Bar("PRV epsilon of 1,000 steps, ms", "BM_PrvEpsilon1000Steps", None, 20),
    Bar("private training step / the same without privacy, one thread", "PrivateStepOneThread", RATIO, 1.25),
    Bar("  ... two threads", "PrivateStepTwoThreads", RATIO, 1.25),
    Bar("room start to first evidence, ms", "RoomStartToFirstEvidence", None, 50),
    Bar("join 5M x 1M through contract limits / DuckDB alone", "JoinThroughContractLimits", "JoinByDuckDbAlone", 1.1),
    Bar("  ... / DuckDB alone, rows left inside it", "JoinThroughContractLimits", "JoinByDuckDbAloneReadInPlace", None),
]


def read(folder: pathlib.Path) -> tuple[dict, dict]:
    """{benchmark: {clock: [milliseconds]}}, and {benchmark: why it could not run}."""
    times, skipped = {}, {}
    for file in sorted(folder.glob("*.json")):
        text = file.read_text()
        for run in json.loads(text)["benchmarks"] if text else []:
            name = run["name"].split("/")[0]
            if run.get("error_occurred"):
                skipped[name] = run.get("error_message", "failed")
            elif run.get("run_type") == "iteration":
                for clock in ("real_time", "cpu_time"):
                    value = run[clock] * UNITS[run["time_unit"]]
                    times.setdefault(name, {}).setdefault(clock, []).append(value)
                if RATIO in run:
                    times[name].setdefault(RATIO, []).append(run[RATIO])
    return times, skipped


def row(bar: Bar, times: dict, skipped: dict) -> tuple[str, str, str, str]:
    limit = "-" if bar.limit is None else f"{'>=' if bar.faster else '<='} {bar.limit:g}"
    for name in filter(None, (bar.measured, bar.against if bar.against != RATIO else None)):
        if name not in times:
            return bar.what, "-", limit, "not measured: " + skipped.get(name, "it did not run")
    ours = times[bar.measured][bar.clock]
    if bar.against is None:
        value = statistics.median(ours)
    elif bar.against == RATIO:
        value = min(times[bar.measured][RATIO])
    else:
        value = min(ours) / min(times[bar.against][bar.clock])
        value = 1 / value if bar.faster else value
    if bar.limit is None:
        return bar.what, f"{value:.2f}", limit, ""
    met = value >= bar.limit if bar.faster else value <= bar.limit
    return bar.what, f"{value:.2f}", limit, "met" if met else "NOT MET"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    times, skipped = read(pathlib.Path(sys.argv[1]))
    rows = [("what", "measured", "bar", "met or not")] + [row(bar, times, skipped) for bar in BARS]
    widths = [max(len(cells[i]) for cells in rows) for i in range(3)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)), cells[3], sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
