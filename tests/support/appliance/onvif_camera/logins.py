"""Who may come in: WS-Security and HTTP Digest, right to the second."""
import base64
import datetime
import hashlib

from onvif_camera.words import SOAP

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
STRICT_S = 5  # how far a login may be from the camera's clock
WAYS = {"digest": ["digest"], "sha256": ["sha256"], "both": ["digest"], "basic": ["basic"]}


class Refused(Exception):
    """No login, or a wrong one."""

    def __init__(self, text="Sender not Authorized", code="ter:NotAuthorized"):
        super().__init__(text)
        self.code = code


def has_token(envelope):
    return envelope.find(f".//{{{WSS}wssecurity-secext-1.0.xsd}}UsernameToken") is not None


def check_token(camera, envelope):
    """True: a right WS-Security login; False: none. Refused: a wrong one."""
    secext, utility = f"{{{WSS}wssecurity-secext-1.0.xsd}}", f"{{{WSS}wssecurity-utility-1.0.xsd}}"
    found = envelope.find(f"{{{SOAP['1.2']}}}Header/{secext}Security/{secext}UsernameToken")
    if found is None or camera.shape["login"] in ("none", "digest", "sha256"):
        return False
    user, created = found.findtext(secext + "Username"), found.findtext(utility + "Created") or ""
    nonce = base64.b64decode(found.findtext(secext + "Nonce") or "")
    password = found.find(secext + "Password")
    wanted = base64.b64encode(hashlib.sha1(nonce + created.encode() + camera.password.encode()).digest()).decode()
    made = datetime.datetime.fromisoformat(created.replace("Z", "+00:00")).timestamp()
    if camera.odd == "expired":
        raise Refused("The message has expired", "wsse:MessageExpired")
    is_right = user == camera.user and password is not None and password.text == wanted and password.get("Type", "").endswith("#PasswordDigest")
    if not is_right or nonce in camera.nonces or abs(made - camera.now()) > STRICT_S:
        raise Refused()
    camera.nonces.add(nonce)
    return True


def admit(camera, envelope, authorization, path):
    """Refused, when it may not come in."""
    with camera.lock:
        is_login = bool(authorization) or has_token(envelope)
        try:
            if is_login and camera.locked:
                raise Refused("The account is locked")
            if camera.shape["login"] == "none" or check_token(camera, envelope):
                return
            if authorization.startswith("Basic"):
                camera.complaints.append("the password came in clear text")
            if camera.shape["login"] not in ("token", "basic") and authorization and camera.guard.admits("POST", authorization, path):
                return
            raise Refused()
        except Refused:
            if is_login and not camera.guard.is_stale:
                camera.refused_logins += 1
            raise
