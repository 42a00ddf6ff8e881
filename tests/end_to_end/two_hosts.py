#!/usr/bin/env python3
"""Plays docs/operations.md: each host in a network namespace of its own, with its own address, names and files.

usage: two_hosts.py REPOSITORY PROGRAMS

A block that begins with ```bash HOST is run on that host, in the page's order. `scp` is a stand-in that copies between the hosts'
folders; the rest is real. Needs root and ip (iproute2); skips elsewhere, saying so.
"""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```bash (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HOSTS = {"ledger": (10, "ledger.example"), "provider": (20, "broker.hospital.example"), "consumer": (30, "broker.researcher.example"),
         "operator": (40, "operator.example"), "certifier": (50, "certifier.example"), "ca": (60, "ca.example")}
SCP = """#!/bin/sh
# A stand-in for scp: copies to another host's folder.
set -e
for to in "$@"; do :; done
host=${to%%:*} path=${to#*:}
case "$path" in */) mkdir -p "HOMES/$host/$path" ;; esac
while [ $# -gt 1 ]; do cp "$1" "HOMES/$host/$path"; shift; done
"""
SKIPPED = 77


def sh(*command, check=True):
    return subprocess.run(command, check=check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Network:
    """A switch and one namespace for each host; gone again at the end."""

    def __init__(self, work):
        self.work, self.tag = work, f"clst{os.getpid()}"
        self.switch = f"{self.tag}-switch"

    def name(self, host):
        return f"{self.tag}-{host}"

    def __enter__(self):
        try:
            sh("ip", "netns", "add", self.switch)
            sh("ip", "-n", self.switch, "link", "add", "br0", "type", "bridge")
            sh("ip", "-n", self.switch, "link", "set", "br0", "up")
            names = "127.0.0.1 localhost\n" + "".join(f"192.0.2.{last} {name}\n" for last, name in HOSTS.values())
            for host, (last, _) in HOSTS.items():
                space = self.name(host)
                sh("ip", "netns", "add", space)
                sh("ip", "-n", self.switch, "link", "add", f"v{last}", "type", "veth", "peer", "name", "eth0", "netns", space)
                sh("ip", "-n", self.switch, "link", "set", f"v{last}", "master", "br0", "up")
                sh("ip", "-n", space, "link", "set", "lo", "up")
                sh("ip", "-n", space, "addr", "add", f"192.0.2.{last}/24", "dev", "eth0")
                sh("ip", "-n", space, "link", "set", "eth0", "up")
                etc = pathlib.Path("/etc/netns") / space  # `ip netns exec` lays it over /etc
                etc.mkdir(parents=True)
                (etc / "hosts").write_text(names)
        except (subprocess.CalledProcessError, OSError):
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in HOSTS:
            space = self.name(host)
            for pid in sh("ip", "netns", "pids", space, check=False).stdout.split():
                if pid.isdigit():
                    sh("kill", "-KILL", pid, check=False)
            sh("ip", "netns", "del", space, check=False)
            shutil.rmtree(pathlib.Path("/etc/netns") / space, ignore_errors=True)
        sh("ip", "netns", "del", self.switch, check=False)
        with contextlib.suppress(OSError):
            os.rmdir("/etc/netns")  # if nobody else has namespaces there

    def run(self, host, script, environment):
        # Output goes to a file: daemons that the script leaves behind would keep a pipe open.
        with open(self.work / "output", "w+") as output:
            ended = subprocess.run(["ip", "netns", "exec", self.name(host), "bash", "-euo", "pipefail", "-c", script], check=False,
                                   cwd=self.work / "homes" / host, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, timeout=240)
            output.seek(0)
            return ended.returncode, output.read()


def play(repository, programs, work):
    homes, tools = work / "homes", work / "tools"
    for host in HOSTS:
        (homes / host).mkdir(parents=True)
    tools.mkdir()
    (tools / "scp").write_text(SCP.replace("HOMES", str(homes)))
    (tools / "scp").chmod(0o755)
    for folder in ("data/signatures", "data/receipts"):
        (homes / "operator" / folder).mkdir(parents=True)
    environment = {"PATH": f"{tools}:{programs}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(work), "LC_ALL": "C.UTF-8",
                   "EXAMPLES": f"{repository}/examples"}
    page = (pathlib.Path(repository) / "docs/operations.md").read_text()
    everything = ""
    with Network(work) as network:
        for number, (host, script) in enumerate(BLOCK.findall(page), 1):
            code, output = network.run(host, script, environment)
            print(f"-- block {number}, {host}: {code}\n{output}", flush=True)
            everything += output
            if code != 0:
                for log in sorted(homes.glob("*/*.log")):
                    print(f"-- {log.relative_to(homes)}\n{log.read_text()[-2000:]}")
                return f"block {number} on {host} ended with {code}"
    if not (homes / "consumer/model.safetensors").exists():
        return "expected the consumer to have opened a model"
    if "refused with exit code 3" not in everything:
        return "expected the broker with the older store to be refused"
    if "without head: exit code 3" not in everything:
        return "expected the ledger without its head file to be refused"
    if (homes / "operator/identity.pem").exists() or list((homes / "operator").glob("**/patients.csv")):
        return "expected nothing of the provider's at the operator's but what is sealed or signed"
    return None


def main():
    repository, programs = sys.argv[1:]
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("skipped: needs root and ip (iproute2)")
        return SKIPPED
    probe = sh("ip", "netns", "add", f"clst{os.getpid()}-probe", check=False)
    if probe.returncode != 0:
        print("skipped: no network namespaces here: " + probe.stdout)
        return SKIPPED
    sh("ip", "netns", "del", f"clst{os.getpid()}-probe")
    with tempfile.TemporaryDirectory() as folder:
        failure = play(repository, programs, pathlib.Path(folder))
    if failure:
        print("two_hosts: " + failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
