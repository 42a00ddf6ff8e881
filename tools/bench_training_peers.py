#!/usr/bin/env python3
"""Compares a private training step with PyTorch's step without privacy and with Opacus' private one.

All train an MLP 100-256-256-10 on batches of 256 in single precision, by one thread and by two, in turns within one run, so that
other jobs of the machine slow all alike. Peers run in each of their configurations, and the fastest counts: OpenBLAS with the
kernels of this processor's class (it does not know new ones by itself), ATen with its default vectors and with AVX-512. A peer
that is missing is skipped with a message. Prints one table with ratios; exit code 0 unless our own benchmark fails.

    tools/bench_training_peers.py build/release/benches/training_bench [--peer-python PYTHON] [--repeats 3] [--seconds 2]

PyTorch: Debian's python3-torch with libopenblas0-pthread. Opacus 1.4.0, the last that takes Debian's PyTorch 1.13:
`pip install --no-deps opacus==1.4.0 opt_einsum` into an environment made with --system-site-packages.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

BATCH, SHAPE = 256, (100, 256, 256, 10)


def work(kind: str, threads: int, seconds: float) -> None:
    """Runs one peer in this process and prints its best and median samples a second as JSON."""
    try:
        import torch
    except ImportError as missing:
        return print(json.dumps({"missing": f"PyTorch: {missing}"}))
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    layers = []
    for i in range(len(SHAPE) - 1):
        layers += [torch.nn.Linear(SHAPE[i], SHAPE[i + 1]), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    if kind == "opacus":
        try:
            from opacus import GradSampleModule
            from opacus.optimizers import DPOptimizer
        except ImportError as missing:
            return print(json.dumps({"missing": f"Opacus: {missing}"}))
        model = GradSampleModule(model)
        optimizer = DPOptimizer(optimizer, noise_multiplier=1.0, max_grad_norm=1.0, expected_batch_size=BATCH)
    rows, labels = torch.randn(4096, SHAPE[0]), torch.randint(0, SHAPE[-1], (4096,))
    loss_of, at = torch.nn.CrossEntropyLoss(), 0

    def step():
        nonlocal at
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(rows[at:at + BATCH]), labels[at:at + BATCH]).backward()
        optimizer.step()
        at = (at + BATCH) % 4096

    for _ in range(4):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        begin = time.perf_counter()
        for _ in range(4):
            step()
        times.append((time.perf_counter() - begin) / 4)
    print(json.dumps({"median": BATCH / statistics.median(times), "best": BATCH / min(times)}))


def peer(python: str, kind: str, threads: int, settings: dict, seconds: float) -> dict:
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads), **settings)
    done = subprocess.run([python, os.path.abspath(__file__), "--work", kind, str(threads), str(seconds)], env=environment,
                          capture_output=True, text=True)
    if done.returncode != 0 or not done.stdout.strip():
        return {"missing": f"{kind}: {(done.stderr.strip().splitlines() or ['it printed nothing'])[-1]}"}
    return json.loads(done.stdout.strip().splitlines()[-1])


def ours(bench: str, seconds: float) -> dict:
    """{(kind, threads): samples a second} on the fastest path of this machine."""
    out = subprocess.run([bench, "--benchmark_filter=BM_PrivateStepAgainstPlain", f"--benchmark_min_time={seconds}",
                          "--benchmark_format=json"], check=True, capture_output=True, text=True).stdout
    found = {}
    for run in json.loads(out)["benchmarks"]:
        if run.get("error_occurred"):
            continue
        threads = int(run["name"].split("threads:")[1].split("/")[0])
        # Faster paths come later and replace slower ones.
        for kind in ("private", "plain"):
            found[(f"Cloister, {kind}", threads)] = {
                "median": BATCH * 1e6 / run[f"{kind}_us"], "best": BATCH * 1e6 / run[f"best_{kind}_us"], "path": run["label"]}
    return found


def processor_settings() -> list:
    flags = open("/proc/cpuinfo", encoding="utf-8").read() if os.path.exists("/proc/cpuinfo") else ""
    core = "SKYLAKEX" if "avx512vl" in flags else "HASWELL"
    capabilities = [{}, {"ATEN_CPU_CAPABILITY": "avx512"}] if core == "SKYLAKEX" else [{}]
    # Threads that spin while they wait are slow where other jobs run, and fast where none does.
    waits = [{}, {"OMP_WAIT_POLICY": "passive"}]
    return [{"OPENBLAS_CORETYPE": core, **capability, **wait} for capability in capabilities for wait in waits]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", help="the program training_bench")
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has the peers")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each measurement")
    options = parser.parse_args()
    runs, skipped, path = {}, set(), ""
    for _ in range(options.repeats):
        for key, value in ours(options.bench, options.seconds).items():
            runs.setdefault(key, []).append(value)
            path = value["path"]
        for kind, name in (("torch", "PyTorch, plain"), ("opacus", "Opacus, private")):
            for threads in (1, 2):
                measured = [peer(options.peer_python, kind, threads, settings, options.seconds) for settings in processor_settings()]
                skipped.update(m["missing"] for m in measured if "missing" in m)
                measured = [m for m in measured if "missing" not in m]
                if measured:
                    runs.setdefault((name, threads), []).append(max(measured, key=lambda m: m["median"]))
    for reason in sorted(skipped):
        print(f"skipped: {reason}")
    rate = {key: statistics.median(run["median"] for run in values) for key, values in runs.items()}
    best = {key: max(run["best"] for run in values) for key, values in runs.items()}
    print(f"MLP 100-256-256-10, batch {BATCH}, path {path}; medians of {options.repeats} repeats\n")
    print("| engine | threads | samples/s | best samples/s | our private step is faster by |\n|---|---|---|---|---|")
    private = {threads: rate[("Cloister, private", threads)] for threads in (1, 2)}
    for (name, threads), value in rate.items():
        # A peer's fastest number of threads stands against ours with as many and with fewer.
        print(f"| {name} | {threads} | {value:,.0f} | {best[(name, threads)]:,.0f} | {private[threads] / value:.2f} |")
    print()
    for name in ("PyTorch, plain", "Opacus, private"):
        fastest = max((value for (other, _), value in rate.items() if other == name), default=None)
        if fastest:
            print(f"against the fastest of {name}: {private[1] / fastest:.2f} with one thread, {private[2] / fastest:.2f} with two")
    return 0


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "--work":
        work(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
    else:
        sys.exit(main())
