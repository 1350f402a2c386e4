"""What the tests of the site share: a browser, a strict server, and the places that the site is opened from."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from visiting import BELOW, FLAGS, HEIGHT, WIDTHS, Strict, Tab, open_in


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        told = "Chromium is not installed: the site cannot be looked at"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens an address in a browser that has seen nothing yet, and closes it after the test."""
    contexts = []

    def opens(address: str, width: int = WIDTHS[0], scheme: str = "light") -> Tab:
        context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme)
        contexts.append(context)
        return open_in(context, address)

    yield opens
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder, and gives its address: a path of a host, not the host itself."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}{BELOW}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def served(serve: Callable[[Path], str], all_build: Any) -> str:
    """The address of the site of all markets on a strict server, below a path."""
    return serve(all_build.site)


@pytest.fixture(scope="session")
def shared(all_build: Any) -> str:
    """The address of the site of all markets on a file share."""
    return f"{all_build.site.as_uri()}/"
