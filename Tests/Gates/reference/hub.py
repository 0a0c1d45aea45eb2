"""The endpoints of a Hugging Face hub with one repository, on the loopback interface; large files come from another port."""
import hashlib
import json
import re
import ssl
import threading
import time
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Request = namedtuple("Request", "method path range token")


class Hub:
    """Serves the files of a folder while it is entered."""

    def __init__(self, folder, repository, certificate=None):
        names = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        self.files = {str(path.relative_to(folder)): path.read_bytes() for path in names}
        self.repository = repository
        self.requests, self.storage_requests = [], []
        # Bytes after which the storage cuts a connection, or says nothing more.
        self.cut, self.silent = None, False
        self.hub, self.storage = self._server(_HubHandler, certificate), self._server(_StorageHandler, certificate)
        scheme = "https" if certificate else "http"
        self.url, self.storage_url = (f"{scheme}://localhost:{server.server_port}" for server in (self.hub, self.storage))

    def _server(self, handler, certificate):
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.owner, server.daemon_threads = self, True
        server.handle_error = lambda *_: None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        return server

    def __enter__(self):
        for server in (self.hub, self.storage):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in (self.hub, self.storage):
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def owner(self):
        return self.server.owner

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def note(self, log):
        log.append(Request(self.command, self.path, self.headers["Range"], self.headers["Authorization"]))

    def reply(self, status, headers=(), body=b"", cut=None):
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[:cut])
        if cut is not None and cut < len(body):
            self.wfile.flush()
            if self.owner.silent:
                time.sleep(60)
            self.close_connection = True


class _HubHandler(_Handler):
    def do_GET(self):
        hub = self.owner
        self.note(hub.requests)
        prefix = f"/{hub.repository}/resolve/"
        if self.path.startswith(f"/api/models/{hub.repository}/revision/"):
            if self.path.rsplit("/", 1)[1] not in ("main", COMMIT):
                return self.reply(404, {"X-Error-Code": "RevisionNotFound"})
            siblings = [{"rfilename": name} for name in hub.files]
            listing = {"id": hub.repository, "sha": COMMIT, "siblings": siblings}
            return self.reply(200, {"Content-Type": "application/json"}, json.dumps(listing).encode())
        if not self.path.startswith(prefix):
            return self.reply(401, {"X-Error-Code": "RepoNotFound"})
        name = self.path[len(prefix):].split("/", 1)[1]
        if name not in hub.files:
            return self.reply(404, {"X-Error-Code": "EntryNotFound"})
        content = hub.files[name]
        if name.endswith(".safetensors"):
            tag = hashlib.sha256(content).hexdigest()
            told = {"X-Linked-Etag": f'"{tag}"', "X-Linked-Size": str(len(content)), "X-Repo-Commit": COMMIT}
            return self.reply(302, {"Location": f"{hub.storage_url}/{name}", **told})
        tag = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        return self.reply(200, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, content)


class _StorageHandler(_Handler):
    def do_GET(self):
        hub = self.owner
        self.note(hub.storage_requests)
        content = hub.files[self.path[1:]]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        if not wanted:
            return self.reply(200, {}, content, hub.cut)
        first, last = int(wanted[1]), int(wanted[2] or len(content) - 1)
        place = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return self.reply(206, place, content[first : last + 1], hub.cut)
