"""A login with Authlib: the authorize URL goes out, the redirect comes in, and the tokens are used, refreshed and revoked."""

import json
import sys

from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
import requests

given = json.loads(sys.stdin.readline())
server = requests.get(given["issuer"] + "/.well-known/openid-configuration").json()
session = OAuth2Session(
    given["client_id"], given["secret_or_key"], scope="openid email", redirect_uri=given["redirect_uri"],
    code_challenge_method="S256", token_endpoint_auth_method=given["method"],
    revocation_endpoint_auth_method=given["method"])
# Without an argument it addresses each assertion to the endpoint that it goes to.
session.register_client_auth_method(PrivateKeyJWT())
verifier = "v" * 64
url, state = session.create_authorization_url(
    server["authorization_endpoint"], code_verifier=verifier, nonce="nonce")
print(json.dumps(url), flush=True)

token = session.fetch_token(
    server["token_endpoint"], authorization_response=json.loads(sys.stdin.readline()), code_verifier=verifier,
    state=state)
keys = JsonWebKey.import_key_set(requests.get(server["jwks_uri"]).json())
claims = jwt.decode(token["id_token"], keys, claims_options={
    "iss": {"essential": True, "value": server["issuer"]}, "aud": {"essential": True, "value": given["client_id"]},
    "nonce": {"essential": True, "value": "nonce"}})
claims.validate()
before = session.get(server["userinfo_endpoint"]).json()
refreshed = session.refresh_token(server["token_endpoint"])
after = session.get(server["userinfo_endpoint"]).json()
revoked = session.revoke_token(
    server["revocation_endpoint"], token=refreshed["refresh_token"], token_type_hint="refresh_token")
print(json.dumps({
    "sub": claims["sub"], "before": before["sub"], "after": after["sub"],
    "rotated": refreshed["refresh_token"] != token["refresh_token"], "revoked": revoked.status_code,
    "ended": session.get(server["userinfo_endpoint"]).status_code}), flush=True)
