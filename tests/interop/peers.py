"""Builds and runs the programs in peers/, which call other people's verifiers; see docs/interop.md."""
import json
import os
import pathlib
import re
import shutil
import subprocess

SOURCES = pathlib.Path(__file__).resolve().parent / "peers"


class Missing(Exception):
    """What a peer needs is not here: a toolchain, or the network to get it by package name."""


def version_of(command: list, pattern: str, least: tuple) -> None:
    if shutil.which(command[0]) is None:
        raise Missing(f"{command[0]} is not installed")
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(pattern, said)
    if found is None or tuple(map(int, found.groups())) < least:
        raise Missing(f"expected {command[0]} {'.'.join(map(str, least))} or newer, got {said.strip() or 'no answer'}")


def ran(command: list, folder: pathlib.Path, environment: dict) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=folder, env=dict(os.environ, **environment), capture_output=True, text=True, check=False)


def fetched(command: list, folder: pathlib.Path, environment: dict) -> None:
    got = ran(command, folder, environment)
    if re.search("checksum|DO NOT MATCH", got.stderr):
        raise RuntimeError(f"other packages than those pinned came:\n{got.stderr}")
    if got.returncode != 0:
        raise Missing(f"packages could not be fetched: {(got.stderr.strip().splitlines() or ['no reason given'])[-1]}")


def built(command: list, folder: pathlib.Path, environment: dict) -> None:
    got = ran(command, folder, environment)
    if got.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} in {folder} ended with {got.returncode}\n{got.stdout}{got.stderr}")


def go(build: pathlib.Path) -> list:
    version_of(["go", "version"], r"go(\d+)\.(\d+)", (1, 22))
    folder, program = SOURCES / "go", build / "go" / "peer"
    environment = {"GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    fetched(["go", "list", "-deps", "."], folder, environment)
    built(["go", "build", "-p", "1", "-o", str(program), "."], folder, environment)
    return [str(program)]


def rust_in(target: pathlib.Path, environment: dict) -> list:
    version_of(["cargo", "--version"], r"cargo (\d+)\.(\d+)", (1, 85))
    folder, environment = SOURCES / "rust", {"CARGO_TARGET_DIR": str(target), **environment}
    fetched(["cargo", "fetch", "--locked"], folder, environment)
    built(["cargo", "build", "--release", "--locked", "-j", "1"], folder, environment)
    return [str(target / "release/peers")]


def rust(build: pathlib.Path) -> list:
    """With Debian's OpenSSL, not one that is built from source."""
    return rust_in(build / "rust", {"OPENSSL_NO_VENDOR": "1"})


def rust_with_vendored_openssl(build: pathlib.Path) -> list:
    """With the OpenSSL that Cargo.lock pins (openssl-src), as the crates are by default."""
    return rust_in(build / "rust-vendored", {})


def python(build: pathlib.Path) -> list:
    version_of(["python3", "--version"], r"Python (\d+)\.(\d+)", (3, 11))
    folder, environment = SOURCES / "python", build / "python"
    requirements, installed = folder / "requirements.txt", environment / "installed.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        fetched(["python3", "-m", "venv", "--clear", str(environment)], folder, {})
        install = ["install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]
        fetched([str(environment / "bin/pip"), *install], folder, {})
        installed.write_text(requirements.read_text())
    return [str(environment / "bin/python"), str(folder / "peer.py")]


FAMILIES = {"go": go, "rust": rust, "python": python}


def lines_of(program: list, *arguments: str, start=None) -> list:
    """The JSON lines that a peer program prints; `start` is called in its process. Raises where it fails: peers answer, their
    programs don't fail."""
    said = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False, preexec_fn=start)
    if said.returncode != 0:
        raise RuntimeError(f"{' '.join(program)} {' '.join(arguments)} ended with {said.returncode}\n{said.stderr}")
    return [json.loads(line) for line in said.stdout.splitlines()]
