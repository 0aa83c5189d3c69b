"""Fetching: a file is kept only if it is the one that was declared."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from exosift.errors import MachineError, UserError
from exosift.fetching import fetch

CONTENT = b">chr1\nACGT\n" * 1000
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


class Answers(BaseHTTPRequestHandler):
    """A server that breaks off in several ways."""

    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"40\r\nonly some of it")
        else:
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[: 100 if self.path == "/short" else None])
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "public" / "hg38.fa.gz"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path.as_uri()


@pytest.fixture
def fetched(tmp_path):
    """Where a download goes, in a folder of its own."""
    return tmp_path / "fetched" / "genome.fa.gz"


def kept(path):
    return list(path.parent.iterdir()) if path.parent.exists() else []


def test_the_declared_file_is_kept(source, fetched):
    fetch(source, CHECKSUM, fetched, schemes=("file",))
    assert kept(fetched) == [fetched]
    assert fetched.read_bytes() == CONTENT


def test_a_file_comes_over_the_network(server, fetched):
    fetch(f"{server}/whole", CHECKSUM, fetched, schemes=("http",))
    assert fetched.read_bytes() == CONTENT


def test_another_file_than_the_declared_one_is_not_kept(source, fetched):
    declared = "0" * 64
    with pytest.raises(UserError) as caught:
        fetch(source, declared, fetched, schemes=("file",))
    assert str(caught.value) == (
        f"{source} is not the file that was declared: its SHA-256 is {CHECKSUM}, declared is "
        f"{declared}. Nothing was kept."
    )
    assert kept(fetched) == []


@pytest.mark.parametrize(
    "url", ["http://example.org/a.fa", "file:///etc/hostname", "ftp://example.org/a", "https", ""]
)
def test_only_https_is_asked(url, fetched):
    with pytest.raises(UserError) as caught:
        fetch(url, CHECKSUM, fetched)
    assert str(caught.value) == f"{url} is not an address that begins with https://."
    assert kept(fetched) == []


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("missing", "Not Found"),
        ("short", "it ended after 100 of 11000 bytes"),
        ("chunks", "IncompleteRead"),
    ],
)
def test_a_server_that_fails_is_a_matter_of_the_machine(server, fetched, page, reason):
    with pytest.raises(MachineError) as caught:
        fetch(f"{server}/{page}", CHECKSUM, fetched, schemes=("http",))
    said = str(caught.value)
    assert said.startswith(f"{server}/{page} cannot be fetched ({reason}")
    assert said.endswith(
        "Fetch it on a machine with a network and give its path in the configuration."
    )
    assert kept(fetched) == []


def test_a_server_that_is_not_there_is_told(fetched):
    url = "https://127.0.0.1:1/hg38.fa.gz"
    with pytest.raises(MachineError, match=r"cannot be fetched \(.*refused\)\. Fetch it on"):
        fetch(url, CHECKSUM, fetched)
    assert kept(fetched) == []


def test_a_download_without_end_is_given_up(source, fetched, monkeypatch):
    monkeypatch.setattr("exosift.fetching.LARGEST", len(CONTENT) - 1)
    with pytest.raises(UserError, match="is larger than"):
        fetch(source, CHECKSUM, fetched, schemes=("file",))
    assert kept(fetched) == []
