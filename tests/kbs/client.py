"""A client of the Confidential Containers KBS protocol 0.4.0, written from its specification and sharing nothing with the broker:
its own HTTP, JSON Web Keys, JWE and hashes of runtime data.
"""
import base64
import hashlib
import http.client
import http.cookies
import json
import ssl
import struct
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

CURVES = {"P-256": (ec.SECP256R1, 32), "P-521": (ec.SECP521R1, 66)}


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(value) -> bytes:
    """RFC 8785, for the texts and objects of this protocol: no numbers are in them, and their names are ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


class TeeKey:
    """What answers are encrypted to: "P-256", "P-521", "RSA-OAEP-256" or "RSA1_5"."""

    def __init__(self, kind: str):
        self.kind = kind
        if kind in CURVES:
            self.private = ec.generate_private_key(CURVES[kind][0]())
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    def jwk(self) -> dict:
        numbers = self.private.public_key().public_numbers()
        if self.kind in CURVES:
            size = CURVES[self.kind][1]
            return {"kty": "EC", "crv": self.kind, "alg": "ECDH-ES+A256KW", "x": b64url(numbers.x.to_bytes(size, "big")),
                    "y": b64url(numbers.y.to_bytes(size, "big"))}
        return {"kty": "RSA", "alg": self.kind, "n": b64url(number(numbers.n)), "e": b64url(number(numbers.e))}

    def _unwrap(self, header: dict, wrapped: bytes) -> bytes:
        if self.kind == "RSA-OAEP-256":
            sha256 = hashes.SHA256()
            return self.private.decrypt(wrapped, padding.OAEP(padding.MGF1(sha256), sha256, None))
        if self.kind == "RSA1_5":
            return self.private.decrypt(wrapped, padding.PKCS1v15())
        epk = header["epk"]
        assert epk["kty"] == "EC" and epk["crv"] == self.kind
        x, y = (int.from_bytes(from_b64url(epk[c]), "big") for c in "xy")
        z = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicNumbers(x, y, CURVES[self.kind][0]()).public_key())
        algorithm = b"ECDH-ES+A256KW"
        info = struct.pack(">I", len(algorithm)) + algorithm + struct.pack(">III", 0, 0, 256)
        return aes_key_unwrap(ConcatKDFHash(hashes.SHA256(), 32, info).derive(z), wrapped)

    def decrypt(self, text: str) -> bytes:
        jwe = json.loads(text)
        assert sorted(jwe) == ["ciphertext", "encrypted_key", "iv", "protected", "tag"], sorted(jwe)
        header = json.loads(from_b64url(jwe["protected"]))
        assert header["alg"] == self.jwk()["alg"] and header["enc"] == "A256GCM"
        # Guests written in Rust write the header anew: alg, enc, then the others by name, without spaces.
        anew = {"alg": header["alg"], "enc": header["enc"], **{name: header[name] for name in sorted(header) if name not in ("alg", "enc")}}
        protected = b64url(json.dumps(anew, separators=(",", ":")).encode())
        key = self._unwrap(header, from_b64url(jwe["encrypted_key"]))
        sealed = from_b64url(jwe["ciphertext"]) + from_b64url(jwe["tag"])
        return AESGCM(key).decrypt(from_b64url(jwe["iv"]), sealed, protected.encode())


def cpu_digest(additional: str, nonce: str, jwk: dict) -> bytes:
    """What the CPU signs over; the members that make the key alone count."""
    return hashlib.sha384(canonical({"additional-evidence": additional, "nonce": nonce, "tee-pubkey": jwk})).digest()


def device_digest(nonce: str, jwk: dict) -> bytes:
    return hashlib.sha384(canonical({"nonce": nonce, "tee-pubkey": jwk})).digest()


class Answer:
    def __init__(self, status: int, headers, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def variant(self) -> str:
        """The last part of an error's type."""
        return self.json()["type"].rsplit("/", 1)[1]


class Client:
    """One guest, or one owner; keeps its cookie as a browser would."""

    def __init__(self, url: str, ca: str):
        host, port = url.removeprefix("https://").rsplit(":", 1)
        self.connection = http.client.HTTPSConnection(host, int(port), timeout=60, context=ssl.create_default_context(cafile=ca))
        self.cookie = None

    def call(self, method: str, path: str, body=None, headers=None, cookie=True) -> Answer:
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        if cookie and self.cookie:
            headers["Cookie"] = f"kbs-session-id={self.cookie}"
        self.connection.request(method, "/kbs/v0/" + path, body=body, headers=headers)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        for line in response.headers.get_all("Set-Cookie") or []:
            self.cookie = http.cookies.SimpleCookie(line)["kbs-session-id"].value
        return answer

    def auth(self, tee: str, version: str = "0.4.0") -> Answer:
        extra = {"supported-hash-algorithms": ["sha256", "sha384", "sha512"]}
        return self.call("POST", "auth", {"version": version, "tee": tee, "extra-params": extra})

    def attest(self, statement: dict) -> Answer:
        return self.call("POST", "attest", statement)

    def resource(self, path: str, token: str = None) -> Answer:
        headers = {"Authorization": "Bearer " + token} if token else {}
        return self.call("GET", "resource/" + path, headers=headers, cookie=token is None)


class Admin(Client):
    """The owner, by a token of its own making: EdDSA with role and exp."""

    def __init__(self, url: str, ca: str, key_pem: bytes, claims: dict = None):
        super().__init__(url, ca)
        key = serialization.load_pem_private_key(key_pem, None)
        claims = {"role": "admin", "sub": "admin", "exp": int(time.time()) + 300} if claims is None else claims
        signed = b64url(b'{"alg":"EdDSA","typ":"JWT"}') + "." + b64url(json.dumps(claims).encode())
        self.headers = {"Authorization": f"Bearer {signed}.{b64url(key.sign(signed.encode()))}"}

    def put(self, path: str, content: bytes) -> Answer:
        return self.call("POST", "resource/" + path, content, {**self.headers, "Content-Type": "application/octet-stream"})

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", "resource/" + path, headers=self.headers)

    def resource_policy(self, rego: str) -> Answer:
        return self.call("POST", "resource-policy", {"policy": b64url(rego.encode())}, self.headers)

    def attestation_policy(self, policy_id: str, rego: str) -> Answer:
        return self.call("POST", "attestation-policy", {"type": "rego", "policy_id": policy_id, "policy": b64url(rego.encode())}, self.headers)
