"""How cameras ask who is there: Basic (RFC 7617) and Digest (RFC 7616), one way or several at once."""
import base64
import hashlib
import random

DIGESTS = {"digest": ("", hashlib.md5), "md5": ("MD5", hashlib.md5), "sha256": ("SHA-256", hashlib.sha256)}  # way: word of the offer, hash


class Guard:
    """Asks for user and password in the ways of `ask`, in that order: basic, digest (names no algorithm), md5, sha256. None: everybody
    may come in. `user` is NAME:PASSWORD. `nonce_uses`: so often a nonce may be answered, then it is stale; the same answer is never taken twice."""

    def __init__(self, ask, user, realm="camera", nonce_uses=None):
        self.ask, (self.user, _, self.password), self.realm, self.nonce_uses = ask, user.partition(":"), realm, nonce_uses
        self.nonces, self.said, self.is_stale = [], set(), False
        self.begin_nonce()

    def begin_nonce(self):
        self.nonce = f"{random.getrandbits(128):032x}"
        self.nonces.append(self.nonce)
        self.uses = 0

    def offers(self):
        """-> values of WWW-Authenticate"""
        stale = ", stale=true" if self.is_stale else ""
        return [f'Basic realm="{self.realm}"' if way == "basic" else
                f'Digest realm="{self.realm}", nonce="{self.nonce}", qop="auth"{stale}' + (f", algorithm={DIGESTS[way][0]}" if DIGESTS[way][0] else "")
                for way in self.ask]

    def challenge(self):
        """-> lines of a head"""
        return "".join(f"WWW-Authenticate: {offer}\r\n" for offer in self.offers())

    def admits(self, method, header, uri=None):
        """`header`: what Authorization says; `uri`: what the answer must have been made for, where that matters."""
        self.is_stale = False
        if not self.ask:
            return True
        kind, _, rest = header.partition(" ")
        if kind.lower() == "basic":
            return "basic" in self.ask and rest.strip() == base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        said = {key: text.strip('"') for key, _, text in (part.strip().partition("=") for part in rest.split(","))}
        algorithm = said.get("algorithm", "").upper() or "MD5"
        hash_of = next((DIGESTS[way][1] for way in self.ask if way in DIGESTS and (DIGESTS[way][0] or "MD5") == algorithm), None)
        if kind.lower() != "digest" or hash_of is None or uri not in (None, said.get("uri")):
            return False
        hashed = lambda text: hash_of(text.encode()).hexdigest()
        a1, a2 = hashed(f"{self.user}:{self.realm}:{self.password}"), hashed(f"{method}:{said.get('uri', '')}")
        middle = [said.get(key, "") for key in ("nc", "cnonce", "qop")] if "qop" in said else []
        nonce, answer = said.get("nonce", ""), hashed(":".join([a1, said.get("nonce", ""), *middle, a2]))
        if nonce not in self.nonces or said.get("response") != answer or ("qop" in said and answer in self.said):
            return False
        self.said.add(answer)
        self.uses += 1
        if self.nonce_uses and self.uses > self.nonce_uses:
            self.begin_nonce()
        self.is_stale = nonce != self.nonce
        return not self.is_stale
