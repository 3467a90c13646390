"""Example: seals a provider's tokens for provision_mcp_server_user, in a service of your own.

supabase/README.md says which key to give the service, and what the header means.
Needs the package "cryptography". Run as a program, it reads JSON from standard
input (organization_id, key, access_token, refresh_token) and prints the arguments.
"""

import base64
import json
import os
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def seal(token: str, header: dict, key: dict) -> str:
    """JWE compact, dir with A256GCM (RFC 7516): the header is authenticated with the token."""
    protected = encode(json.dumps(header, separators=(",", ":")).encode())
    nonce = os.urandom(12)  # never used twice under one key
    sealed = AESGCM(decode(key["k"])).encrypt(nonce, token.encode(), protected.encode())
    return ".".join([protected, "", encode(nonce), encode(sealed[:-16]), encode(sealed[-16:])])


def seal_tokens(tokens: dict, organization_id: str, key: dict) -> dict:
    """Seals both tokens for one new row of the vault: the arguments of the call."""
    header = {
        "alg": "dir",
        "enc": "A256GCM",
        "kid": key["kid"],
        "typ": "upstream-token",
        "org": organization_id,
        "row": "uoat_" + encode(os.urandom(9)),
    }
    refresh_token = tokens.get("refresh_token")
    return {
        "p_access_token": seal(tokens["access_token"], header, key),
        "p_refresh_token": None if refresh_token is None else seal(refresh_token, header, key),
    }


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(seal_tokens(given, given["organization_id"], given["key"])))
