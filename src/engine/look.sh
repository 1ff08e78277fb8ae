# Looks at the world from where services and apps are, with what is there. Ends with 10 + name + 3 * proxy + 9 * secure, each
# 0 = it can't be told, or was not asked, 1 = yes, 2 = no.
name=0 proxy=0 secure=0
has() { command -v "$1" >/dev/null 2>&1; }

# Ends with 60 where whoever answers is not trusted, with 0 where it is; anything else tells nothing.
trusts() {
    if has python3; then
        python3 -S -c '
import os, socket, ssl, sys
host, _, port = os.environ["DEVENV_SECURE"].partition(":")
proxy = os.environ.get("DEVENV_PROXY_HOST")
try:
    there = (proxy, int(os.environ["DEVENV_PROXY_PORT"])) if proxy else (host, int(port or 443))
    wire = socket.create_connection(there, 3)
    if proxy:
        wire.sendall(f"CONNECT {host}:{port or 443} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        wire.recv(4096)
    context = ssl.create_default_context()
    # Whether a certificate lacks something that newer programs want is another question.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    context.wrap_socket(wire, server_hostname=host)
except ssl.SSLCertVerificationError as error:
    # The codes of OpenSSL for an issuer that nobody knows; others are of a date or a name.
    sys.exit(60 if error.verify_code in (2, 18, 19, 20, 21) else 1)
except OSError:
    sys.exit(1)
'
    elif has curl; then
        curl -s -o /dev/null --max-time 3 "https://$DEVENV_SECURE/"
    elif has node && [ -z "$DEVENV_PROXY_HOST" ]; then
        node -e '
require("https").get("https://" + process.env.DEVENV_SECURE + "/", { timeout: 3000 }, () => process.exit(0)).on("error", error =>
    process.exit(/CERT|SIGNATURE|ISSUER/.test(error.code || "") ? 60 : 1))'
    else
        return 1
    fi >/dev/null 2>&1
}

reaches() {
    if has bash; then
        bash -c 'exec 3<>"/dev/tcp/$DEVENV_PROXY_HOST/$DEVENV_PROXY_PORT"'
    elif has nc; then
        nc -w 1 "$DEVENV_PROXY_HOST" "$DEVENV_PROXY_PORT" </dev/null
    else
        return 99
    fi >/dev/null 2>&1
}

# What takes longer than the rest has must not keep the rest from being told.
if [ -n "$DEVENV_SECURE" ]; then
    trusts &
    pid=$!
    (sleep "$DEVENV_SECONDS" && kill "$pid") >/dev/null 2>&1 &
fi
if [ -n "$DEVENV_NAME" ]; then
    if has getent; then getent hosts "$DEVENV_NAME" >/dev/null 2>&1 && name=1 || name=2
    elif has nslookup; then nslookup "$DEVENV_NAME" >/dev/null 2>&1 && name=1 || name=2
    fi
fi
if [ -n "$DEVENV_PROXY_HOST" ]; then
    reaches
    case $? in 0) proxy=1 ;; 99) ;; *) proxy=2 ;; esac
fi
if [ -n "$DEVENV_SECURE" ]; then
    wait "$pid" 2>/dev/null
    case $? in 0) secure=1 ;; 60) secure=2 ;; esac
fi
exit $((10 + name + 3 * proxy + 9 * secure))
