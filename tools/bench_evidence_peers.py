#!/usr/bin/env python3
"""Compares the speed of verifying evidence with other people's verifiers (docs/interop.md), on the same samples in one run.

    tools/bench_evidence_peers.py build/release/benches/evidence_bench MANIFEST [--repeats 3] [--seconds 1] [--build build/peers]
                                  [--vendored-openssl]

All sides run in turns, each bound to the same single core, warm, with collateral in memory and the sample's own time. Of all its batches
of about 50 ms a side's best counts, in processor time, since whatever else the machine does only adds to it. Ours is timed with a cache
that saw the machine's chain before, as a verifier that runs on has it, and with none. Peers have no such cache; where one can verify what
is left to it alone (a report under a key that was verified before), that part is timed too, and the bar counts against it.
--vendored-openssl also times sev and ccatoken with the OpenSSL that their crates bring, which takes some ten minutes to build the first time.
A peer whose toolchain is missing is named and left out. Exit code 0 unless a program fails, whatever the bars come to.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/interop"))
import peers  # noqa: E402

UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
LEAST_RATIO, MOST_OF_PRIMITIVE = 3.0, 1.15
BATCH_SECONDS = 0.05
VENDORED, ON_OPENSSL = " (its crate's own OpenSSL)", ("sev", "ccatoken")


@dataclasses.dataclass
class Kind:
    name: str
    sample: str
    bench: str  # of evidence_bench, with /cached:0 and /cached:1
    primitive: str  # what the names of the bare signature checks begin with


KINDS = [
    Kind("SNP", "snp/genoa-v3-azure", "SampleSnp", "BareEs384"),
    Kind("TDX", "tdx/v4-b0c06f-uptodate", "SampleTdx", "BareEs256"),
    Kind("SGX", "sgx/v3-00a067-config-needed", "SampleSgx", "BareEs256"),
    Kind("Nitro", "nitro/veracruz-2022", "SampleNitro", "BareEs384"),
    Kind("NVIDIA GPU", "nvidia-gpu/hopper-550.90.07-full", "SampleNvidia", "BareEs384"),
    Kind("virtual TPM, with its log", "gcp-vtpm/gce-cos-85-no-nonce", "SampleVtpm", "BareRs256"),
    Kind("CCA", "cca/tf-rmm-01", "SampleCca", "BareEs384"),
]


@dataclasses.dataclass
class Line:
    """What a peer came to on one sample."""
    peer: str
    version: str
    rate: float
    not_checked: str

    @property
    def part(self) -> bool:
        """A part of a verification has its name after a comma: "sev, the report alone"."""
        return "," in self.peer

    def __str__(self) -> str:
        return f"{self.peer} {self.rate:,.0f}"


def on_one_core() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def our_rates(bench: str, seconds: float) -> dict:
    """{benchmark: verifications in a second of processor time}, each its best batch."""
    wanted = "|".join(sorted({f"^{kind.bench}/" for kind in KINDS} | {f"^{kind.primitive}" for kind in KINDS}))
    said = subprocess.run([bench, f"--benchmark_filter={wanted}", f"--benchmark_min_time={BATCH_SECONDS}", "--benchmark_format=json",
                           f"--benchmark_repetitions={max(1, round(seconds / BATCH_SECONDS))}",
                           "--benchmark_enable_random_interleaving=true"],
                          check=True, capture_output=True, text=True, preexec_fn=on_one_core).stdout
    rates = {}
    for run in json.loads(said)["benchmarks"]:
        if run.get("error_occurred"):
            raise RuntimeError(f"{run['name']}: {run['error_message']}")
        if run["run_type"] == "iteration":
            rates[run["run_name"]] = max(1 / (run["cpu_time"] * UNITS[run["time_unit"]]), rates.get(run["run_name"], 0))
    return rates


def peer_programs(build: pathlib.Path, vendored: bool) -> list:
    """[(what to add to the peers' names, command)]."""
    families = [("", get) for _, get in sorted(peers.FAMILIES.items())]
    if vendored:
        families.append((VENDORED, peers.rust_with_vendored_openssl))
    programs = []
    for suffix, get in families:
        try:
            programs.append((suffix, get(build)))
        except peers.Missing as missing:
            print(f"skipped: peers of {get.__name__}: {missing}")
    return programs


def measured(options) -> tuple[dict, dict]:
    """(our best rates, {sample: {peer: its best line}})."""
    programs, ours, theirs = peer_programs(options.build, options.vendored_openssl), {}, {kind.sample: {} for kind in KINDS}
    for _ in range(options.repeats):
        for name, rate in our_rates(options.bench, options.seconds).items():
            ours[name] = max(rate, ours.get(name, 0))
        for sample, lines in theirs.items():
            for suffix, program in programs:
                for said in peers.lines_of(program, "bench", options.manifest, sample, str(options.seconds), start=on_one_core):
                    if suffix == VENDORED and not said["peer"].startswith(ON_OPENSSL):
                        continue  # the same as without
                    line = Line(said["peer"] + suffix, said["version"], said["ops_per_second"], said["not_checked"])
                    if line.peer not in lines or line.rate > lines[line.peer].rate:
                        lines[line.peer] = line
    return ours, theirs


def fastest(lines) -> Line | None:
    return max(lines, key=lambda line: line.rate, default=None)


def over(rate: float, line: Line | None) -> str:
    return f"{rate / line.rate:.2f}" if line else "-"


def row(kind: Kind, ours: dict, lines: list) -> str:
    warm, cold = (ours[f"{kind.bench}/cached:{cached}"] for cached in (1, 0))
    bare = max((rate, name) for name, rate in ours.items() if name.startswith(kind.primitive))
    whole, part = fastest(line for line in lines if not line.part), fastest(line for line in lines if line.part)
    peer = fastest(lines)
    met = (peer and warm / peer.rate >= LEAST_RATIO) or bare[0] / warm <= MOST_OF_PRIMITIVE
    cells = [kind.name, f"{warm:,.0f}", f"{cold:,.0f}", f"{whole or 'none ran'}", over(warm, whole), over(cold, whole),
             f"{part or '-'}", over(warm, part), f"{bare[1]} {bare[0]:,.0f}", f"{bare[0] / warm:.2f}", "met" if met else "NOT MET"]
    return "| " + " | ".join(cells) + " |"


def report(ours: dict, theirs: dict) -> None:
    print("Verifications a second of one core. Bar: warm at least "
          f"{LEAST_RATIO:g} times the fastest peer or part of one, or at most {MOST_OF_PRIMITIVE:g} times the time of the fastest bare check.\n")
    print("| evidence | Cloister, warm | nothing cached | fastest peer | warm / peer | nothing cached / peer | part of a peer | warm / part "
          "| fastest bare check | warm's time / bare | bar |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        print(row(kind, ours, list(theirs[kind.sample].values())))
    print("\n| sample | peer | a second | what it does not check of what we do |\n|---|---|---|---|")
    for sample, lines in theirs.items():
        for line in sorted(lines.values(), key=lambda line: -line.rate):
            print(f"| {sample} | {line.peer}, {line.version} | {line.rate:,.0f} | {line.not_checked or '-'} |")
    print("\n| bare check | a second |\n|---|---|")
    for name, rate in sorted(ours.items()):
        if name.startswith("Bare"):
            print(f"| {name} | {rate:,.0f} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", help="the program evidence_bench")
    parser.add_argument("manifest", help="MANIFEST.json of the vectors")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each benchmark, and each sample of each peer")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/peers"), help="where the peers' programs are kept")
    parser.add_argument("--vendored-openssl", action="store_true")
    options = parser.parse_args()
    if not pathlib.Path(options.manifest).exists():
        print(f"skipped: no vectors in {pathlib.Path(options.manifest).parent}")
        return 0
    options.build = options.build.resolve()
    load = os.getloadavg()[0]
    ours, theirs = measured(options)
    report(ours, theirs)
    print(f"\nLoad of the machine ({os.cpu_count()} cores) before: {load:.1f}, after: {os.getloadavg()[0]:.1f}; of this run itself about 1.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
