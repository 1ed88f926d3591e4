"""nginx's configuration for the box, as text. Pure. Knows no certificate and no page."""

import re
from dataclasses import dataclass
from pathlib import Path

from firmware.webadmin.guard import BODY_BYTES_MAX, LARGE_BODY_BYTES_MAX, LARGE_PATHS

# One worker: it forwards bytes. 50 half-open, 50 silent and 20 busy clients with their upstreams are below 200.
_CONNECTIONS_MAX = 1024
_LARGE_MAX = 4  # large bodies at once, held in memory here and by the page: they are passphrases and secrets
_BY_ADDRESS_MAX = 24  # requests at once; a browser has six, one of them watches
_HEADER_S = 5  # the handshake and the head of a request, from a LAN
_BODY_S = 10  # between two reads; nginx takes all of a body before it asks us
_PATH = re.compile(r"/[A-Za-z0-9/_.@+-]+")

_DOWN = "The page is just starting. Please reload in a moment. / Die Seite startet gerade. Bitte gleich neu laden."


@dataclass(frozen=True, slots=True)
class Plan:
    """Where things are. Ports are 443 and 80 on the box; `http_port` 0 leaves the redirection out."""

    folder: Path
    upstream: Path
    cert: Path
    key: Path
    https_port: int = 443
    http_port: int = 80
    addresses: tuple[str, ...] = ("0.0.0.0", "[::]")
    user: str = ""  # whom root becomes for the worker; it has to reach `upstream`
    is_foreground: bool = True


def configuration(plan: Plan) -> str:
    """The whole file. Raises ValueError for a path that nginx could read as something else."""
    for path in (plan.folder, plan.upstream, plan.cert, plan.key):
        if not _PATH.fullmatch(str(path)):
            raise ValueError(f"nginx cannot be given the path {path}")
    return _MAIN.format(
        folder=plan.folder,
        user=f"user {plan.user};" if plan.user else "",
        foreground="daemon off;" if plan.is_foreground else "",
        connections=_CONNECTIONS_MAX,
        header_s=_HEADER_S,
        body_s=_BODY_S,
        by_address=_BY_ADDRESS_MAX,
        upstream=plan.upstream,
        servers=_redirection(plan) + _page(plan),
    )


def _redirection(plan: Plan) -> str:
    if not plan.http_port:
        return ""
    port = "" if plan.https_port == 443 else f":{plan.https_port}"
    return _HTTP.format(listen=_listen(plan.addresses, plan.http_port, ""), port=port)


def _page(plan: Plan) -> str:
    limits = {"body": LARGE_BODY_BYTES_MAX, "most": _LARGE_MAX, "by_address": _BY_ADDRESS_MAX}
    large = "".join(_LARGE.format(path=path, **limits) for path in sorted(LARGE_PATHS))
    return _HTTPS.format(
        listen=_listen(plan.addresses, plan.https_port, " ssl"),
        cert=plan.cert,
        key=plan.key,
        body=BODY_BYTES_MAX,
        large=large,
        down=_DOWN,
    )


def _listen(addresses: tuple[str, ...], port: int, more: str) -> str:
    return "\n        ".join(f"listen {address}:{port}{more};" for address in addresses)


_MAIN = """# Made by Twinline; do not edit.
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes 1;
{user}
{foreground}
events {{
    worker_connections {connections};
}}
http {{
    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;

    client_header_timeout {header_s}s;
    client_body_timeout {body_s}s;
    send_timeout {body_s}s;
    keepalive_timeout 30s;
    reset_timedout_connection on;
    large_client_header_buffers 4 8k;
    limit_conn_zone $binary_remote_addr zone=clients:1m;
    limit_conn_zone $server_name zone=large:1m;
    limit_conn clients {by_address};
    limit_conn_status 503;

    upstream page {{
        server unix:{upstream};
    }}
{servers}}}
"""

_HTTP = """    server {{
        {listen}
        return 308 https://$host{port}$request_uri;
    }}
"""

_HTTPS = """    server {{
        {listen}
        ssl_certificate {cert};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;
        ssl_session_cache shared:page:1m;
        ssl_session_tickets off;
        client_max_body_size {body};

        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-For "";
        proxy_connect_timeout 3s;
        proxy_read_timeout 60s;
        proxy_request_buffering on;
        proxy_max_temp_file_size 0;
        error_page 502 504 =503 @down;

        location / {{
            proxy_pass http://page;
        }}
{large}        location @down {{
            default_type "text/plain; charset=utf-8";
            add_header Retry-After 2 always;
            return 503 "{down}\\n";
        }}
    }}
"""

_LARGE = """        location = {path} {{
            client_max_body_size {body};
            client_body_buffer_size {body};
            limit_conn large {most};
            limit_conn clients {by_address};
            proxy_pass http://page;
        }}
"""
