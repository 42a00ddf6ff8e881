#!/usr/bin/env python3
"""Plays guests against a broker over TLS with the client of client.py, which shares nothing with it.

usage: protocol_test.py PROGRAMS

SIMULATED machines of every kind that brokers take answer for the guests' hardware (`cloister-simulator agent`). Needs the Python
package cryptography (Debian: python3-cryptography); skips elsewhere, saying so.
"""
import base64
import contextlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import client
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

PROGRAMS = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else None
SECRET = bytes(range(256)) * 5
PATH = "app/secret/one"
ALLOW = 'package policy\n\nimport rego.v1\n\ndefault allow := false\n\nallow if input.submods.cpu0["ear.status"] == "warning"\n'
INIT_DATA = 'version = "0.1.0"\nalgorithm = "sha256"\n\n[data]\n"aa.toml" = "x = 1"\n'
MACHINES = ("snp", "tdx", "sgx", "cca", "tpm", "gcp-vtpm", "az-snp-vtpm", "az-tdx-vtpm")
NUMBERS = itertools.count()


def program(name):
    return str(PROGRAMS / name)


class Agent:
    """A machine and its attestation agent."""

    def __init__(self, folder, tee, *options):
        self.tee, self.folder = tee, folder
        self.process = subprocess.Popen([program("cloister-simulator"), "agent", "--cpu", tee, "--out", str(folder), *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def show(self, nonce, jwk):
        self.process.stdin.write(json.dumps({"nonce": nonce, "tee-pubkey": jwk}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the agent of {self.tee} ended")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


class World(unittest.TestCase):
    """A ledger, an owner's broker folder, and a broker for one machine at a time."""

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.work = pathlib.Path(cls.stack.enter_context(tempfile.TemporaryDirectory()))
        (cls.work / "pass").write_text("SIMULATED passphrase\n")
        os.chmod(cls.work / "pass", 0o600)
        cls.run_program("cloister", "party", "init", "--dir", cls.work / "owner", "--did", "did:web:owner.example", "--role", "tdp",
                        "--passphrase-file", cls.work / "pass")
        cls.serve("cloister-ledger", "--dir", cls.work / "ledger", "--origin", "ledger.example/kbs", "--listen", "127.0.0.1:0",
                  "--card", cls.work / "ledger.json")

    @classmethod
    def tearDownClass(cls):
        cls.stack.close()

    @classmethod
    def run_program(cls, name, *arguments):
        subprocess.run([program(name), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def serve(cls, name, *arguments):
        """Starts a program that says "ready URL"; it ends with the test."""
        log = cls.stack.enter_context(open(cls.work / f"{name}.log", "a"))
        process = subprocess.Popen([program(name), *map(str, arguments)], stdout=subprocess.PIPE, stderr=log, text=True)

        def end():
            process.terminate()
            process.wait(timeout=30)
            process.stdout.close()

        cls.stack.callback(end)
        for line in process.stdout:
            if line.startswith("ready "):
                return line.split()[1], process
        raise RuntimeError(f"{name} did not start:\n" + (cls.work / f"{name}.log").read_text()[-2000:])

    def end_broker(self):
        if self.broker:
            self.broker.terminate()
            self.broker.wait(timeout=30)
            self.broker = None

    def setUp(self):
        self.broker = None
        self.addCleanup(self.end_broker)

    def machine(self, tee, *options):
        """A machine, and the owner's broker with its roots and collateral, a secret, and a policy that gives it out."""
        agent = Agent(self.work / f"machine-{next(NUMBERS)}", tee, *options)
        self.addCleanup(agent.close)
        agent.show("", client.TeeKey("P-256").jwk())  # now its files are there
        broker = self.work / "owner" / "broker"
        (broker / "broker.json").write_text((agent.folder / "broker.json").read_text())
        self.end_broker()
        self.url, self.broker = self.serve("cloister-broker", "--party", self.work / "owner", "--ledger", self.work / "ledger.json",
                                           "--listen", "127.0.0.1:0")
        self.ca, self.admin_key = str(broker / "tls.crt"), (broker / "admin.pem").read_bytes()
        self.assertEqual(self.admin().put(PATH, SECRET).status, 200)
        self.assertEqual(self.admin().resource_policy(ALLOW).status, 200)
        return agent

    def closed_at_the_end(self, made):
        self.addCleanup(made.connection.close)
        return made

    def guest(self):
        return self.closed_at_the_end(client.Client(self.url, self.ca))

    def admin(self, claims=None):
        return self.closed_at_the_end(client.Admin(self.url, self.ca, self.admin_key, claims))

    def challenged(self, agent, key, guest=None):
        """A guest with a nonce, and what its machine shows for it."""
        guest = guest or self.guest()
        answer = guest.auth(agent.tee)
        self.assertEqual(answer.status, 200, answer.body)
        nonce = answer.json()["nonce"]
        self.assertEqual(len(base64.b64decode(nonce, validate=True)), 32)
        return guest, agent.show(nonce, key.jwk())

    def attested(self, agent, key):
        guest, statement = self.challenged(agent, key)
        answer = guest.attest(statement)
        self.assertEqual(answer.status, 200, answer.body)
        return guest, answer.json()["token"]

    def refused(self, answer, status, variant, code=None):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.variant(), variant, answer.body)
        if code:
            self.assertEqual(answer.json()["code"], code, answer.body)


class Refusals(World):
    def test_another_version_is_told_so(self):
        self.machine("snp")
        for version in ("0.1.0", "0.3.0", "0.4.1", "1.0.0", ""):
            answer = self.guest().auth("snp", version)
            self.assertEqual(answer.status, 401)
            self.assertIn("KBS Client Protocol Version Mismatch", answer.json()["detail"])

    def test_a_nonce_is_good_for_one_attempt_and_its_own_session(self):
        agent, key = self.machine("snp"), client.TeeKey("P-256")
        guest, good = self.challenged(agent, key)
        self.assertEqual(guest.attest(good).status, 200)
        self.refused(guest.attest(good), 401, "AttestationError", "replayed")
        other, _ = self.challenged(agent, key)
        self.refused(other.attest(good), 401, "AttestationError", "mismatch")
        guest, good = self.challenged(agent, key)
        self.assertEqual(guest.attest({**good, "tee-evidence": {}}).status, 401)
        self.refused(guest.attest(good), 401, "AttestationError", "untrusted")
        self.refused(self.guest().attest(good), 401, "AttestationError")

    def test_evidence_for_another_key_text_or_kind_is_refused(self):
        agent, key = self.machine("tdx", "--gpus", "2"), client.TeeKey("P-256")
        guest, good = self.challenged(agent, key)
        other = {**good, "runtime-data": {**good["runtime-data"], "tee-pubkey": client.TeeKey("P-256").jwk()}}
        self.refused(guest.attest(other), 401, "AttestationError", "mismatch")
        guest, good = self.challenged(agent, key)
        without = {**good, "tee-evidence": {**good["tee-evidence"], "additional_evidence": ""}}
        self.refused(guest.attest(without), 401, "AttestationError", "mismatch")
        guest, good = self.challenged(agent, key)
        spaced = good["tee-evidence"]["additional_evidence"].replace(":", ": ", 1)
        self.refused(guest.attest({**good, "tee-evidence": {**good["tee-evidence"], "additional_evidence": spaced}}), 401,
                     "AttestationError", "mismatch")
        guest = self.guest()
        nonce = guest.auth("snp").json()["nonce"]
        self.refused(guest.attest(agent.show(nonce, key.jwk())), 401, "AttestationError", "mismatch")
        guest = self.guest()
        nonce = guest.auth("sample").json()["nonce"]
        sample = agent.show(nonce, key.jwk())
        sample["tee-evidence"]["primary_evidence"] = {"svn": "1", "report_data": base64.b64encode(bytes(48)).decode()}
        self.refused(guest.attest(sample), 401, "AttestationError", "unsupported")

    def test_what_a_machine_was_launched_with_is_bound(self):
        (self.work / "init-data.toml").write_text(INIT_DATA)
        agent, key = self.machine("tdx", "--init-data", str(self.work / "init-data.toml")), client.TeeKey("P-256")
        guest, good = self.challenged(agent, key)
        self.assertEqual(good["init-data"]["body"], INIT_DATA)
        changed = {**good, "init-data": {"format": "toml", "body": INIT_DATA + "\n"}}
        self.refused(guest.attest(changed), 401, "AttestationError", "mismatch")
        guest, good = self.challenged(agent, key)
        self.assertEqual(guest.attest({**good, "init-data": {"format": "json", "body": "{}"}}).status, 401)
        guest, good = self.challenged(agent, key)
        token = guest.attest(good).json()["token"]
        claims = json.loads(client.from_b64url(token.split(".")[1]))
        evidence = claims["submods"]["cpu0"]["ear.veraison.annotated-evidence"]
        self.assertEqual(evidence["init_data_claims"], {"aa.toml": "x = 1"})

    def test_bodies_that_are_no_message_leave_the_broker_well(self):
        agent, key = self.machine("snp"), client.TeeKey("P-256")
        for body in (b"", b"{", b"[]", b"null", b"\xff", b"{" * 5000, json.dumps({"version": 4}).encode()):
            answer = self.guest().call("POST", "auth", body, {"Content-Type": "application/json"})
            self.assertEqual(answer.status, 401, body[:20])
            self.assertIn("type", answer.json())
        big = self.guest().call("POST", "auth", b"x" * (3 << 20), {"Content-Type": "application/json"})
        self.assertEqual(big.status, 413)
        self.attested(agent, key)

    def test_resources_go_to_nobody_who_is_not_attested(self):
        agent, key = self.machine("snp"), client.TeeKey("P-256")
        self.refused(self.guest().resource(PATH), 401, "TokenNotFound")
        guest, _ = self.challenged(agent, key)
        self.assertEqual(guest.resource(PATH).status, 403)
        guest, token = self.attested(agent, key)
        self.refused(guest.resource("app/secret/none"), 404, "PluginInternalError", "not-found")
        for path in ("app/secret", "app/secret/one/two", "app/../one/x", "app/sec%20ret/one"):
            self.assertIn(guest.resource(path).status, (400, 401, 404), path)
        head, claims, signature = token.split(".")
        forged = json.loads(client.from_b64url(claims))
        forged["exp"] += 1000
        for bad in ("x", f"{head}.{client.b64url(json.dumps(forged).encode())}.{signature}", token[:-8] + "AAAAAAAA"):
            self.assertEqual(self.guest().resource(PATH, bad).status, 401, bad[:40])
        self.assertEqual(self.admin().resource_policy("package policy\n\ndefault allow := false\n").status, 200)
        self.refused(guest.resource(PATH), 403, "PolicyDeny", "refused")
        self.refused(self.guest().resource(PATH, token), 403, "PolicyDeny", "refused")

    def test_owners_calls_need_the_owners_word(self):
        self.machine("snp")
        for claims in ({"role": "admin"}, {"role": "admin", "exp": 1}, {"exp": 1 << 40}, {"role": "guest", "exp": 1 << 40}):
            self.assertIn(self.admin(claims).put("a/b/c", b"x").status, (401, 403), claims)
        self.assertEqual(self.guest().call("POST", "resource/a/b/c", b"x").status, 401)
        self.assertEqual(self.admin().resource_policy("package policy\n\nallow := ").status, 401)
        self.assertEqual(self.admin().attestation_policy("default_cpu", "nonsense").status, 401)
        self.assertEqual(self.admin().delete(PATH).status, 200)


class Releases(World):
    def test_every_kind_of_machine_gets_its_secret(self):
        for tee in MACHINES:
            with self.subTest(tee):
                agent, key = self.machine(tee), client.TeeKey("P-256")
                for _ in range(2):
                    guest, token = self.attested(agent, key)
                    self.assertEqual(key.decrypt(guest.resource(PATH).body), SECRET)
                    self.assertEqual(key.decrypt(self.guest().resource(PATH, token).body), SECRET)

    def test_every_kind_of_key_and_machines_with_devices(self):
        for options in ([], ["--gpus", "8"], ["--gpus", "8", "--switches", "4"]):
            agent = self.machine("tdx", *options)
            for kind in ("P-256", "P-521", "RSA-OAEP-256", "RSA1_5"):
                with self.subTest(kind=kind, options=options):
                    key = client.TeeKey(kind)
                    guest, token = self.attested(agent, key)
                    self.assertEqual(key.decrypt(guest.resource(PATH).body), SECRET)
                    self.assertEqual(key.decrypt(self.guest().resource(PATH, token).body), SECRET)
                    claims = json.loads(client.from_b64url(token.split(".")[1]))
                    parts = 1 + sum(int(count) for count in options[1::2])
                    self.assertEqual(len(claims["submods"]), parts)
                    self.assertLess(len(token), 256 << 10)

    def test_the_hardware_signs_over_what_the_specification_says(self):
        agent, key = self.machine("tdx", "--gpus", "1"), client.TeeKey("P-521")
        _, statement = self.challenged(agent, key)
        nonce, additional = statement["runtime-data"]["nonce"], statement["tee-evidence"]["additional_evidence"]
        quote = base64.b64decode(statement["tee-evidence"]["primary_evidence"]["quote"])
        self.assertEqual(quote[568:632], client.cpu_digest(additional, nonce, key.jwk()) + bytes(16))
        report = base64.b64decode(json.loads(additional)["nvidia"]["device_evidence_list"][0]["evidence"])
        self.assertEqual(report[4:36], client.device_digest(nonce, key.jwk())[:32])


if __name__ == "__main__":
    unittest.main(verbosity=2)
