"""An OpenID Connect provider on this machine: discovery, keys and tokens, over HTTPS with a certificate of its own.
Signs by the openssl program, so that nothing of the server under test has a hand in it."""

import base64
import hashlib
import http.server
import json
import ssl
import subprocess
import threading
import time


def encoded(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, check=True, capture_output=True).stdout


class Key:
    """A signing key: "RS256" or "ES256"."""

    def __init__(self, folder, name, algorithm="RS256", bits=2048):
        self.name, self.algorithm, self.file = name, algorithm, folder / f"{name}.pem"
        kind = ["RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] if algorithm == "RS256" else ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("genpkey", "-algorithm", *kind, "-out", self.file)
        self.public_pem = openssl("pkey", "-in", self.file, "-pubout")

    def published(self):
        if self.algorithm == "RS256":
            modulus = bytes.fromhex(openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().split("=")[1])
            return {"kty": "RSA", "kid": self.name, "use": "sig", "alg": "RS256", "n": encoded(modulus), "e": encoded(b"\x01\x00\x01")}
        point = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-64:]
        return {"kty": "EC", "kid": self.name, "use": "sig", "crv": "P-256", "x": encoded(point[:32]), "y": encoded(point[32:])}

    def sign(self, text):
        signature = openssl("dgst", "-sha256", "-sign", self.file, given=text)
        if self.algorithm == "RS256":
            return signature
        numbers, rest = [], signature[2:]  # Two integers in DER, which a token has as 32 bytes each.
        for _ in range(2):
            length = rest[1]
            numbers.append(int.from_bytes(rest[2:2 + length]).to_bytes(32))
            rest = rest[2 + length:]
        return b"".join(numbers)


class Provider:
    def __init__(self, folder):
        self.folder, self.keys, self.asked, self.answers = folder, [], [], {}
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=provider",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "tls.key", "-out", folder / "tls.pem")
        certificate = openssl("x509", "-in", folder / "tls.pem", "-outform", "DER")
        self.thumbprint = hashlib.sha1(certificate).hexdigest()
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                answer = provider.answers.get(self.path, provider.document(self.path))
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(200 if answer is not None else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:  # The server has read enough.
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.name = f"127.0.0.1:{self.server.server_port}/realm"
        self.issuer = f"https://{self.name}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self, path):
        return {"/realm/.well-known/openid-configuration": {"issuer": self.issuer, "jwks_uri": self.issuer + "/keys"},
                "/realm/keys": {"keys": [key.published() for key in self.keys]}}.get(path)

    def key(self, name, algorithm="RS256", **options):
        key = Key(self.folder, name, algorithm, **options)
        self.keys.append(key)
        return key

    def token(self, key, header=None, sign=None, **claims):
        """A token signed by `key`; a claim that is None is left out."""
        claims = {"iss": self.issuer, "sub": "someone", "aud": "sagebrush", "iat": int(time.time()),
                  "exp": int(time.time()) + 600} | claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": key.algorithm, "kid": key.name, "typ": "JWT"} | (header or {})
        text = f"{encoded(header)}.{encoded(claims)}"
        return f"{text}.{encoded((sign or key.sign)(text.encode()))}"

    def end(self):
        self.server.shutdown()
        self.server.server_close()
