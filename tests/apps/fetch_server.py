"""A web server on loopback that keeps or breaks HTTP's rules as a test says. Standard library only."""

import socket
import ssl
import threading

PATIENCE = 30  # s; what hangs fails


class Request:
    """The head of a request. Names of headers are in lower case."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        self.headers = {name.lower(): value for name, value in pairs}

    def offset(self):
        wanted = self.headers.get("range")
        return int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else None


def head(status, **headers):
    """A response's head; underscores in names of headers stand for hyphens."""
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Server:
    """Answers each connection with the next of `script`, and as a good server when that is over.

    An answer is a function of the request and the connection.
    """

    def __init__(self, content, certificate=None):
        self.content = content
        self.entity_tag = '"first"'
        self.script = []
        self.requests = []
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        scheme = "https" if certificate else "http"
        self.address = f"{scheme}://127.0.0.1:{self.port}/"
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        connection.settimeout(PATIENCE)
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            received = b""
            while not received.endswith(b"\r\n\r\n"):
                piece = connection.recv(65536)
                if not piece:
                    return
                received += piece
            request = Request(received)
            self.requests.append(request)
            answer = self.script.pop(0) if self.script else self.good
            answer(request, connection)
        except OSError:
            pass  # the client has gone
        finally:
            connection.close()

    def stop(self):
        if self.thread.is_alive():
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join(PATIENCE)
            self.listener.close()

    def head_for(self, request, **headers):
        """The right head for a request, and the bytes that belong to it."""
        offset = request.offset()
        if_range = request.headers.get("if-range")
        if offset is None or if_range not in (None, self.entity_tag):
            return head(200, Content_Length=len(self.content), ETag=self.entity_tag, **headers), \
                self.content
        size = len(self.content)
        if offset >= size:
            return head(416, Content_Range=f"bytes */{size}"), b""
        return head(206, Content_Length=size - offset, ETag=self.entity_tag,
                    Content_Range=f"bytes {offset}-{size - 1}/{size}", **headers), \
            self.content[offset:]

    # --- Answers ---

    def good(self, request, connection):
        connection.sendall(b"".join(self.head_for(request)))

    def truncated(self, count):
        """Ends the connection after `count` bytes of what was asked for."""
        def answer(request, connection):
            begin, body = self.head_for(request)
            connection.sendall(begin + body[:count])
        return answer

    def stalled(self, count):
        """Sends no more after `count` bytes, until the client goes."""
        def answer(request, connection):
            begin, body = self.head_for(request)
            connection.sendall(begin + body[:count])
            while connection.recv(65536):
                pass
        return answer

    def without_ranges(self, _, connection):
        connection.sendall(head(200, Content_Length=len(self.content)) + self.content)

    def without_length(self, _, connection):
        connection.sendall(head(200) + self.content)


def says(status, body=b"", **headers):
    """Always the same."""
    def answer(_, connection):
        connection.sendall(head(status, **headers) + body)
    return answer


def chunked(content, size=100, end=b"0\r\n\r\n"):
    pieces = [content[i:i + size] for i in range(0, len(content), size)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return says(200, body + end, Transfer_Encoding="chunked")
